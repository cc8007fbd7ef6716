import { OnnxDataType, type OnnxAttribute, type OnnxNode, parseSafetensors, writeOnnxModel } from 'opml/importers'

const IR_VERSION = 8
const OPSET = 17

/**
 * The digit network of a safetensors state dict as an ONNX file: grey values u8 [1, 1, 28, 28] → probabilities f32 [1, 10], in the
 * arithmetic of models/README.md.
 */
export function mnistOnnx(stateDict: Uint8Array): Uint8Array {
  const { tensors } = parseSafetensors(stateDict)
  const weights = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'].map((name) => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new Error(`The state dict has no "${name}".`)
    return { name, dims: tensor.shape, dataType: OnnxDataType.float, bytes: tensor.bytes }
  })
  const greatest = {
    name: 'greatest',
    dims: [],
    dataType: OnnxDataType.float,
    bytes: new Uint8Array(Float32Array.of(255).buffer),
  }
  return writeOnnxModel({
    irVersion: IR_VERSION,
    producer: 'opml',
    opsets: new Map([['', OPSET]]),
    functions: [],
    graph: {
      name: 'mnist-784-20-10',
      initializers: [greatest, ...weights],
      numSparseInitializers: 0,
      inputs: [{ name: 'image', kind: 'tensor', dataType: OnnxDataType.uint8, shape: [1, 1, 28, 28] }],
      outputs: [{ name: 'probabilities', kind: 'tensor', dataType: OnnxDataType.float, shape: [1, 10] }],
      nodes: [
        node('Cast', ['image'], 'pixels', { to: OnnxDataType.float }),
        node('Div', ['pixels', 'greatest'], 'scaled'),
        node('Flatten', ['scaled'], 'flat'),
        node('Gemm', ['flat', 'fc1.weight', 'fc1.bias'], 'sums', { transB: 1 }),
        node('Relu', ['sums'], 'hidden'),
        node('Gemm', ['hidden', 'fc2.weight', 'fc2.bias'], 'logits', { transB: 1 }),
        node('Softmax', ['logits'], 'probabilities'),
      ],
    },
  })
}

function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  integers: Readonly<Record<string, number>> = {},
): OnnxNode {
  const attributes = new Map(
    Object.entries(integers).map(([name, value]): [string, OnnxAttribute] => [
      name,
      { name, i: BigInt(value), floats: [], ints: [], strings: [], graphs: [] },
    ]),
  )
  return { name: output, opType, domain: '', inputs, outputs: [output], attributes }
}
