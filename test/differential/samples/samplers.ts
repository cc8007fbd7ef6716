import { sampleArgReduce } from './argReduce.ts'
import { sampleConcat } from './concat.ts'
import { sampleConv, sampleConvInteger, sampleConvTranspose } from './convolution.ts'
import { sampleCumSum } from './cumSum.ts'
import { sampleGather } from './gather.ts'
import { sampleGatherElements } from './gatherElements.ts'
import { sampleGatherND } from './gatherND.ts'
import { sampleInterpolate } from './interpolate.ts'
import { everyMicroOp, everyTransfer, sampleMap } from './map.ts'
import { sampleMatMul } from './matMul.ts'
import { sampleMatMulInteger } from './matMulInteger.ts'
import { sampleNormalize } from './normalize.ts'
import { samplePad } from './pad.ts'
import { samplePool } from './pool.ts'
import { sampleReduce } from './reduce.ts'
import { sampleScatterElements } from './scatterElements.ts'
import { sampleScatterND } from './scatterND.ts'
import { sampleSoftmax } from './softmax.ts'
import { sampleSort } from './sort.ts'
import { sampleTreeEnsemble } from './treeEnsemble.ts'
import type { Sample, Sampler } from './sample.ts'

/** A sampler for each operator. */
export const SAMPLERS: Readonly<Record<string, Sampler>> = {
  Map: sampleMap,
  MatMul: sampleMatMul,
  Reduce: sampleReduce,
  ArgReduce: sampleArgReduce,
  Softmax: sampleSoftmax,
  Normalize: sampleNormalize,
  CumSum: sampleCumSum,
  Sort: sampleSort,
  Gather: sampleGather,
  GatherElements: sampleGatherElements,
  GatherND: sampleGatherND,
  ScatterElements: sampleScatterElements,
  ScatterND: sampleScatterND,
  Concat: sampleConcat,
  Pad: samplePad,
  Interpolate: sampleInterpolate,
  TreeEnsemble: sampleTreeEnsemble,
  MatMulInteger: sampleMatMulInteger,
  Conv: sampleConv,
  ConvInteger: sampleConvInteger,
  ConvTranspose: sampleConvTranspose,
  Pool: samplePool,
}

/** Samples besides the random ones, for what those hardly ever come to, by operator. */
export const FIXED_SAMPLES: Readonly<Record<string, readonly Sample[]>> = {
  Map: [...everyMicroOp(), ...everyTransfer()],
}
