import { IsIn, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { PageSize } from '../http/page-size.js';
import { DELIVERY_STATUSES, type DeliveryStatus } from './delivery.js';

/** The query of GET /internal/callbacks. */
export class ListDeliveriesDto {
  @IsOptional()
  @IsIn(DELIVERY_STATUSES)
  status?: DeliveryStatus;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  subject?: string;

  @IsOptional()
  @IsUUID()
  before?: string;

  @PageSize()
  limit?: number;
}
