import type { Algorithm } from '../../estimator.js';
import { svc, svr } from './kernel-svm.js';
import { linearSvc, linearSvr } from './linear-svm.js';

export const supportVectorAlgorithms: readonly Algorithm[] = [linearSvc, linearSvr, svc, svr];
