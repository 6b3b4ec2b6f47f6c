import type { SettingTable } from '../setting-definition.js';

/** The streams of events: of trainings, and of files that are predicted. */
export const EVENT_SETTINGS = {
  eventHeartbeatSeconds: {
    variable: 'EVENT_HEARTBEAT_SECONDS',
    kind: 'seconds',
    default: 15,
    minimum: 1,
    description:
      'How often a quiet stream of events says that it is still there, in seconds; less than the idle time of proxies.',
  },
} as const satisfies SettingTable;
