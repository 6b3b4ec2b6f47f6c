/** Moves parameters against a gradient, step by step. */
export interface Optimizer {
  /** Changes `parameters` in place. */
  step(parameters: Float64Array, gradient: Float64Array): void;
  learningRate: number;
}

export interface SgdOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Stochastic gradient descent with momentum (Sutskever et al. 2013 for Nesterov's). */
export class Sgd implements Optimizer {
  learningRate: number;
  private readonly velocity: Float64Array;

  constructor(
    length: number,
    private readonly options: SgdOptions,
  ) {
    this.learningRate = options.learningRate;
    this.velocity = new Float64Array(length);
  }

  step(parameters: Float64Array, gradient: Float64Array): void {
    const { momentum, nesterov } = this.options;
    const { velocity, learningRate } = this;
    for (let i = 0; i < parameters.length; i++) {
      const push = learningRate * (gradient[i] as number);
      const v = momentum * (velocity[i] as number) - push;
      velocity[i] = v;
      parameters[i]! += nesterov ? momentum * v - push : v;
    }
  }
}

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam (Kingma and Ba 2015, arXiv:1412.6980), with the bias corrections folded into the rate. */
export class Adam implements Optimizer {
  learningRate: number;
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private nSteps = 0;

  constructor(
    length: number,
    private readonly options: AdamOptions,
  ) {
    this.learningRate = options.learningRate;
    this.first = new Float64Array(length);
    this.second = new Float64Array(length);
  }

  step(parameters: Float64Array, gradient: Float64Array): void {
    const { beta1, beta2, epsilon } = this.options;
    const { first, second } = this;
    this.nSteps++;
    const rate = (this.learningRate * Math.sqrt(1 - beta2 ** this.nSteps)) / (1 - beta1 ** this.nSteps);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i] as number;
      const m = beta1 * (first[i] as number) + (1 - beta1) * g;
      const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      parameters[i]! -= (rate * m) / (Math.sqrt(v) + epsilon);
    }
  }
}
