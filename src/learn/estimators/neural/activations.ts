export const ACTIVATIONS = ['identity', 'logistic', 'tanh', 'relu'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Applies the function to the first `length` values, in place. */
export function activate(activation: Activation, values: Float64Array, length: number): void {
  switch (activation) {
    case 'identity':
      return;
    case 'logistic':
      for (let i = 0; i < length; i++) values[i] = 1 / (1 + Math.exp(-(values[i] as number)));
      return;
    case 'tanh':
      for (let i = 0; i < length; i++) values[i] = Math.tanh(values[i] as number);
      return;
    case 'relu':
      // Not a comparison: half of all signs are negative, in no order that a processor could foresee.
      for (let i = 0; i < length; i++) values[i] = Math.max(values[i] as number, 0);
      return;
  }
}

/** Multiplies slopes by the derivative, which all of these functions tell from their own output. */
export function timesDerivative(
  activation: Activation,
  slopes: Float64Array,
  outputs: Float64Array,
  length: number,
): void {
  switch (activation) {
    case 'identity':
      return;
    case 'logistic':
      for (let i = 0; i < length; i++) slopes[i]! *= (outputs[i] as number) * (1 - (outputs[i] as number));
      return;
    case 'tanh':
      for (let i = 0; i < length; i++) slopes[i]! *= 1 - (outputs[i] as number) ** 2;
      return;
    case 'relu':
      for (let i = 0; i < length; i++) if (outputs[i] === 0) slopes[i] = 0;
      return;
  }
}
