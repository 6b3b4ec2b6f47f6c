import type { MetricObjectWithValues, MetricValue } from 'prom-client';

export type MetricsJson = readonly MetricObjectWithValues<MetricValue<string>>[];

/** A process that answers requests, to the one that started it. */
export type FromMember =
  | { readonly kind: 'ready' }
  | { readonly kind: 'metrics'; readonly asked: number; readonly metrics: MetricsJson }
  | { readonly kind: 'read-metrics'; readonly asked: number };

/** And back. */
export type ToMember =
  | { readonly kind: 'tell-metrics'; readonly asked: number }
  | { readonly kind: 'all-metrics'; readonly asked: number; readonly text: string };
