import { Module } from '@nestjs/common';
import { CallbackTransport } from '../../callbacks/callback-sender.js';
import { DataServerFactory } from '../../data-server/client/data-server.js';
import { EasymlDataServerFactory } from './easyml-data-server.js';
import { EasymlNotifier } from './notifier.js';
import { EasymlRecords } from './records.js';
import { DataServerSession } from './session.js';

/** The data server's side, in the places of those that speak our own contract. */
@Module({
  providers: [
    DataServerSession,
    EasymlRecords,
    { provide: DataServerFactory, useClass: EasymlDataServerFactory },
    { provide: CallbackTransport, useClass: EasymlNotifier },
  ],
  exports: [DataServerSession, EasymlRecords, DataServerFactory, CallbackTransport],
})
export class EasymlLinkModule {}
