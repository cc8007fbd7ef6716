import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { randomFloats, tensorOf } from './onnxComparison.ts'
import type { AttributeValue, NodeTrial } from './singleNode.ts'

export const { float: F32, float16: F16, uint8: U8, int8: I8, int16: I16, int32: I32, int64: I64 } = OnnxDataType

export const x = (...dims: number[]): OnnxTensor => randomFloats({ name: 'x', dims, seed: 2, low: -3, high: 3 })
export const f = (name: string, dims: readonly number[], seed = 3): OnnxTensor => randomFloats({ name, dims, seed })
export const list = (name: string, values: readonly number[], dataType: number = I64): OnnxTensor =>
  tensorOf({ name, dataType, dims: [values.length], values })
export const scalar = (name: string, value: number, dataType: number = F32): OnnxTensor =>
  tensorOf({ name, dataType, dims: [], values: [value] })
export const whole = (
  name: string,
  dims: readonly number[],
  p: { dataType: number; low: number; high: number; seed?: number },
): OnnxTensor => {
  const random = seededRandom(p.seed ?? 9)
  const count = dims.reduce((product, dim) => product * dim, 1)
  const values = Array.from({ length: count }, () => p.low + random.below(p.high - p.low))
  return tensorOf({ name, dataType: p.dataType, dims, values })
}
export const bytes = (name: string, ...dims: number[]) => whole(name, dims, { dataType: U8, low: 0, high: 256 })

export interface Options {
  readonly attributes?: Record<string, AttributeValue>
  /** Positions of inputs that are initializers. */
  readonly known?: readonly number[]
  readonly numOutputs?: number
}

export type Case = readonly [string, NodeTrial]

/** One operator in several versions with the same inputs. */
export const of = (
  op: string,
  versions: readonly number[],
  inputs: readonly (OnnxTensor | undefined)[],
  options: Options = {},
): Case[] =>
  versions.map((opset) => [
    `${op} ${opset}${options.attributes ? ` {${Object.keys(options.attributes).join(', ')}}` : ''}`,
    {
      op,
      opset,
      inputs,
      known: (options.known ?? []).map((i) => inputs[i]?.name ?? ''),
      ...(options.attributes && { attributes: options.attributes }),
      ...(options.numOutputs !== undefined && { numOutputs: options.numOutputs }),
    },
  ])

/** Inputs of a BatchNormalization of three channels. */
export const batchNorm = [
  x(2, 3, 4),
  ...['scale', 'b', 'mean'].map((name, i) => f(name, [3], 20 + i)),
  randomFloats({ name: 'var', dims: [3], seed: 30, low: 0.5, high: 2 }),
]
