import { Module } from '@nestjs/common';
import { Settings } from '../config/settings-type.js';
import { DataServer } from '../data-server/client/data-server.js';
import { DataServerModule } from '../data-server/client/data-server.module.js';
import { CredentialHandoff } from './credential-handoff.js';
import { ServiceTokenGuard } from './service-token.guard.js';
import { ServiceTokens } from './service-tokens.js';

/** Who may call: the credential handoff of the public API, the service tokens of the internal one. */
@Module({
  imports: [DataServerModule],
  providers: [
    {
      provide: CredentialHandoff,
      inject: [DataServer, Settings],
      useFactory: (dataServer: DataServer, settings: Settings) =>
        new CredentialHandoff(dataServer, settings.credentialCacheMs),
    },
    {
      provide: ServiceTokens,
      inject: [Settings],
      useFactory: (settings: Settings) =>
        new ServiceTokens({
          opaqueTokens: settings.serviceTokens,
          jwtKey: settings.serviceJwtKey,
          jwtAudience: settings.serviceJwtAudience,
          jwtIssuer: settings.serviceJwtIssuer,
          jwtMaxAgeSeconds: settings.serviceJwtMaxAgeSeconds,
        }),
    },
    ServiceTokenGuard,
  ],
  exports: [CredentialHandoff, ServiceTokens, ServiceTokenGuard],
})
export class AuthModule {}
