import type {
  OnnxAttribute,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
} from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { writeOnnxModel } from '../../packages/opml/src/importers/onnx/writeModel.ts'
import { compareWithOnnxruntime, type OutputComparison, type ModelTrial } from './onnxComparison.ts'

/** An attribute without its name. */
export type AttributeValue = Partial<Omit<OnnxAttribute, 'name'>>

export const int = (i: number): AttributeValue => ({ i: BigInt(i) })
export const ints = (values: readonly number[]): AttributeValue => ({ ints: values.map(BigInt) })
export const float = (f: number): AttributeValue => ({ f })
export const floats = (values: readonly number[]): AttributeValue => ({ floats: values })
export const text = (s: string): AttributeValue => ({ s })
export const texts = (values: readonly string[]): AttributeValue => ({ strings: values })
export const tensor = (t: OnnxTensor): AttributeValue => ({ t })

/** A node by its operator, the names of its values and its attributes. */
export function onnxNode(p: {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, AttributeValue>>
  domain?: string
}): OnnxNode {
  const attributes = new Map(
    Object.entries(p.attributes ?? {}).map(([name, value]) => [
      name,
      { name, floats: [], ints: [], strings: [], graphs: [], ...value },
    ]),
  )
  const [inputs, outputs] = [p.inputs, p.outputs]
  return {
    name: outputs.find((name) => name !== '') ?? '',
    opType: p.op,
    domain: p.domain ?? '',
    inputs,
    outputs,
    attributes,
  }
}

/** One node with its inputs; those in `known` are initializers, an undefined one is left out. */
export interface NodeTrial extends Pick<ModelTrial, 'tolerance' | 'bind'> {
  readonly op: string
  readonly domain?: string
  readonly opset: number
  readonly inputs: readonly (OnnxTensor | undefined)[]
  readonly known?: readonly string[]
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly numOutputs?: number
}

const ML_DOMAIN = 'ai.onnx.ml'

/** The bytes of a model of one node, whose outputs are `y0`, `y1`, …. */
export function singleNodeModel(trial: NodeTrial): Uint8Array {
  const given = trial.inputs.filter((input) => input !== undefined)
  const isKnown = ({ name }: OnnxTensor) => trial.known?.includes(name) ?? false
  const outputs = Array.from({ length: trial.numOutputs ?? 1 }, (_, i) => `y${i}`)
  const node = onnxNode({
    op: trial.op,
    inputs: trial.inputs.map((input) => input?.name ?? ''),
    outputs,
    ...(trial.attributes && { attributes: trial.attributes }),
    ...(trial.domain !== undefined && { domain: trial.domain }),
  })
  const model: OnnxModel = {
    irVersion: 8,
    producer: 'opml tests',
    opsets: new Map(
      trial.domain === ML_DOMAIN
        ? [
            ['', 17],
            [ML_DOMAIN, trial.opset],
          ]
        : [['', trial.opset]],
    ),
    functions: [],
    graph: {
      name: trial.op,
      nodes: [node],
      initializers: given.filter(isKnown),
      numSparseInitializers: 0,
      inputs: given
        .filter((input) => !isKnown(input))
        .map(({ name, dataType, dims }) => ({ name, kind: 'tensor', dataType, shape: dims })),
      outputs: outputs.map((name) => ({ name })),
    },
  }
  return writeOnnxModel(model)
}

/** Runs one node here and in onnxruntime, as it is written: without rewriting of the graph. */
export function compareNode(trial: NodeTrial): Promise<OutputComparison[]> {
  const inputs = trial.inputs.filter((input) => input !== undefined)
  return compareWithOnnxruntime({
    model: singleNodeModel(trial),
    inputs: inputs.filter(({ name }) => !trial.known?.includes(name)),
    optimization: 'disabled',
    ...(trial.tolerance && { tolerance: trial.tolerance }),
    ...(trial.bind && { bind: trial.bind }),
  })
}
