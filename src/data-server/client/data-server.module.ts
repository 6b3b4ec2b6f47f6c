import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../config/settings-type.js';
import { DataServer, DataServerFactory } from './data-server.js';
import { HttpDataServer } from './http-data-server.js';

/** The one place that chooses the kind of data server. */
@Module({
  providers: [
    {
      provide: DataServer,
      inject: [Settings, { token: DataServerFactory, optional: true }],
      useFactory: (settings: Settings, factory?: DataServerFactory): DataServer => {
        if (settings.dataServerUrl === undefined) {
          throw new Error(
            'DATA_SERVER_URL: the address of the data server must be known before the service starts.',
          );
        }
        const options = { url: settings.dataServerUrl, timeoutMs: settings.dataServerTimeoutMs };
        return factory?.create(options) ?? new HttpDataServer(options);
      },
    },
  ],
  exports: [DataServer],
})
export class DataServerModule implements OnApplicationShutdown {
  constructor(@Inject(DataServer) private readonly dataServer: DataServer) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataServer.close();
  }
}
