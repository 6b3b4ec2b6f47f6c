import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

const callers = new WeakMap<Request, User>();

/** Lets in who is logged in, and remembers who it is for `@Caller()`. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(private readonly users: UsersService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    callers.set(request, await this.users.authenticate(request.headers.authorization));
    return true;
  }
}

/** The user who sends the request; only behind CallerGuard. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): User => {
  const user = callers.get(context.switchToHttp().getRequest<Request>());
  if (!user) throw new Error('@Caller() needs CallerGuard');
  return user;
});
