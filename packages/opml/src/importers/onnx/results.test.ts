import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../core/seededRandom.ts'
import { walkProgram } from '../../graph/programWalk.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'
import { OPERATOR_TABLE, OPERATORS } from '../../ops/index.ts'
import { referenceNode } from '../../ops/referenceNode.ts'
import { OnnxResultError, OnnxUnsupportedError } from './errors.ts'
import { importOnnx, type OnnxImportOptions } from './importOnnx.ts'
import { OnnxDataType, type OnnxGraph, type OnnxNode } from './onnxModel.ts'
import { type Head, parseHead, withOutputs } from './results.ts'
import { f32, onnxNode, onnxTensor } from './testing/runNode.ts'
import { writeOnnxModel } from './writeModel.ts'

const compute = referenceNode(OPERATORS)

/** scores [2, 6, 5] = softmax(x · w), with the products beside it as a value that is no output, and a second input for a second output. */
function graphOf(nodes: readonly OnnxNode[] = []): OnnxGraph {
  const random = seededRandom(5)
  const w = Array.from({ length: 20 }, () => random.below(1000) / 500 - 1)
  const tensor = (name: string, shape: readonly number[]) =>
    ({ name, kind: 'tensor', dataType: OnnxDataType.float, shape }) as const
  return {
    name: 'scores',
    nodes: [
      onnxNode({ op: 'MatMul', inputs: ['x', 'w'], outputs: ['products'] }),
      onnxNode({ op: 'Softmax', inputs: ['products'], outputs: ['scores'], attributes: { axis: -1 } }),
      onnxNode({ op: 'Neg', inputs: ['z'], outputs: ['other'] }),
      ...nodes,
    ],
    initializers: [onnxTensor('w', f32([4, 5], w))],
    numSparseInitializers: 0,
    inputs: [tensor('x', [2, 6, 4]), tensor('z', [1])],
    outputs: [tensor('scores', [2, 6, 5]), tensor('other', [1])],
  }
}

const modelOf = (graph: OnnxGraph, opset = 17) => ({
  irVersion: 8,
  producer: 'tests',
  opsets: new Map([['', opset]]),
  functions: [],
  graph,
})

interface Ran {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Outputs by the plain loops of the operators. */
function run(options: Partial<OnnxImportOptions>, p: { graph?: OnnxGraph; opset?: number } = {}): Ran[] {
  const bytes = writeOnnxModel(modelOf(p.graph ?? graphOf(), p.opset))
  const { program, constants } = importOnnx(bytes, { file: 'model.onnx', evaluate: compute, ...options })
  verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
  const random = seededRandom(9)
  // Quarters, so that some scores are equal.
  const x = Float32Array.from({ length: 48 }, () => random.below(9) / 4 - 1)
  const inputs = new Map([
    ['x', new Uint8Array(x.buffer)],
    ['z', new Uint8Array(Float32Array.of(2).buffer)],
  ])
  const outputs = walkProgram(program, {
    constants: constants.map((constant) => constant.bytes),
    inputs: program.inputs.map(({ name }) => inputs.get(name) as Uint8Array),
    compute,
  })
  return program.outputs.map(({ name, dtype, shape }, i) => ({ name, dtype, shape, bytes: outputs[i] as Uint8Array }))
}

const floats = ({ bytes }: Ran) => new Float32Array(bytes.slice().buffer)
const places = ({ bytes }: Ran) => [...new BigInt64Array(bytes.slice().buffer)].map(Number)

/** Rows of the scores, straight from the float output. */
const rows = (): Float32Array[] => {
  const [scores] = run({})
  return Array.from({ length: 12 }, (_, i) => floats(scores as Ran).subarray(5 * i, 5 * i + 5))
}

describe('heads', () => {
  test('differential: argmax is the place of the greatest float score, the first of equals', () => {
    const [answer, other] = run({ heads: new Map([['scores', 'argmax']]) })
    expect(answer).toMatchObject({ name: 'scores.argmax', dtype: 'i64', shape: [2, 6] })
    expect(places(answer as Ran)).toEqual(rows().map((row) => row.indexOf(Math.max(...row))))
    expect(other).toMatchObject({ name: 'other', dtype: 'f32' })
  })

  test('differential: argmax along another axis', () => {
    const [answer] = run({ heads: new Map([['scores', 'argmax:1']]) })
    expect(answer).toMatchObject({ dtype: 'i64', shape: [2, 5] })
    const all = rows()
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2, 3, 4].map((k) => {
        const column = all.slice(6 * i, 6 * i + 6).map((row) => row[k] as number)
        return column.indexOf(Math.max(...column))
      }),
    )
    expect(places(answer as Ran)).toEqual(expected)
  })

  test('differential: threshold is 1 where the float score is greater, not where it is equal', () => {
    const value = rows()[3]?.[2] as number
    const [answer] = run({ heads: new Map([['scores', `threshold:${value}`]]) })
    expect(answer).toMatchObject({ name: 'scores.threshold', dtype: 'u8', shape: [2, 6, 5] })
    const expected = rows().flatMap((row) => [...row].map((score) => Number(score > value)))
    expect([...(answer as Ran).bytes]).toEqual(expected)
    expect(expected[17]).toBe(0)
    expect(new Set(expected)).toEqual(new Set([0, 1]))
  })

  test.each([9, 10, 17])('differential: topk is the places of the greatest scores, opset %i', (opset) => {
    const graph = graphOf()
    // Softmax joins dimensions before version 13, which says the same along the last one.
    const [answer] = run({ heads: new Map([['scores', 'topk:3']]) }, { graph, opset })
    expect(answer).toMatchObject({ name: 'scores.topk', dtype: 'i64', shape: [2, 6, 3] })
    const order = (row: Float32Array) =>
      [0, 1, 2, 3, 4].sort((a, b) => (row[b] as number) - (row[a] as number) || a - b)
    expect(places(answer as Ran)).toEqual(rows().flatMap((row) => order(row).slice(0, 3)))
  })

  test('default: a threshold of an integer output compares it as f32', () => {
    const cast = onnxNode({ op: 'Cast', inputs: ['other'], outputs: ['whole'], attributes: { to: OnnxDataType.int32 } })
    const graph = {
      ...graphOf([cast]),
      outputs: [{ name: 'whole', kind: 'tensor' as const, dataType: OnnxDataType.int32, shape: [1] }],
    }
    const answer = (limit: string) => run({ heads: new Map([['whole', `threshold:${limit}`]]) }, { graph })[0]?.bytes
    expect([answer('-2.5'), answer('-2')]).toEqual([Uint8Array.of(1), Uint8Array.of(0)])
  })

  const HEADS: [string, Head][] = [
    ['argmax', { kind: 'argmax', axis: -1 }],
    ['argmax:-2', { kind: 'argmax', axis: -2 }],
    ['topk:5', { kind: 'topk', k: 5, axis: -1 }],
    ['topk:5:0', { kind: 'topk', k: 5, axis: 0 }],
    ['threshold:0.3', { kind: 'threshold', value: Math.fround(0.3) }],
    ['threshold:-1e-3', { kind: 'threshold', value: Math.fround(-1e-3) }],
  ]
  test.each(HEADS)('default: %s', (spec, head) => expect(parseHead('y', spec)).toEqual(head))

  test.each([
    '',
    'argmax:',
    'argmax:1.5',
    'argmax:1:2',
    'argmin',
    'topk',
    'topk:0',
    'topk:-1',
    'topk:2:x',
    'topk:2:1:1',
    'threshold',
    'threshold:',
    'threshold:much',
    'threshold:1e39',
    'threshold:nan',
    'toString',
  ])('error: the head "%s"', (spec) => expect(() => parseHead('y', spec)).toThrow(OnnxResultError))

  test('error: names the axis, the head and its result', () => {
    expect(() => run({ heads: new Map([['scores', 'argmax:3']]) })).toThrow(OnnxUnsupportedError)
    expect(() => run({ heads: new Map([['scores', 'argmax:3']]) })).toThrow(
      'node "head scores=argmax:3" (ArgMax): axis 3 of a tensor of rank 3',
    )
    expect(() => run({ heads: new Map([['scores', 'topk:6']]) })).toThrow(
      'node "head scores=topk:6" (TopK): 6 elements of an axis of 5',
    )
  })

  test('error: a head of what is no result lists those there are', () => {
    expect(() => run({ heads: new Map([['products', 'argmax']]) })).toThrowErrorMatchingInlineSnapshot(
      `[OnnxResultError: The result "products" is no result: they are "scores", "other".]`,
    )
  })
})

describe('outputs', () => {
  test('default: a value inside the graph is the result; what it does not need is left out', () => {
    const [products, ...more] = run({ outputs: ['products'] })
    expect(products).toMatchObject({ name: 'products', dtype: 'f32', shape: [2, 6, 5] })
    expect(more).toEqual([])
    const model = withOutputs(modelOf(graphOf()), { outputs: ['products'] })
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['MatMul'])
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x'])
  })

  test('default: in the order asked for, with a head on one that is no output of the model', () => {
    const options = { outputs: ['other', 'products'], heads: new Map([['products', 'argmax']]) }
    expect(run(options).map(({ name }) => name)).toEqual(['other', 'products.argmax'])
  })

  test('default: an operator that is not supported does not matter behind what is asked for', () => {
    const graph = graphOf([onnxNode({ op: 'NoSuchOperator', inputs: ['scores'], outputs: ['last'] })])
    const last = { ...graph, outputs: [{ name: 'last' }] }
    expect(() => run({}, { graph: last })).toThrow(OnnxUnsupportedError)
    expect(run({ outputs: ['scores'] }, { graph: last })).toHaveLength(1)
  })

  test('default: keeps what the body of a node reads of the graph around it', () => {
    const branch = (name: string) => ({
      ...graphOf(),
      name,
      nodes: [onnxNode({ op: name, inputs: ['products'], outputs: [name] })],
      initializers: [],
      inputs: [],
      outputs: [{ name }],
    })
    const truth = onnxNode({ op: 'Cast', inputs: ['z'], outputs: ['is'], attributes: { to: OnnxDataType.bool } })
    const attributes = { then_branch: { g: branch('Abs') }, else_branch: { g: branch('Neg') } }
    const chosen = onnxNode({ op: 'If', inputs: ['is'], outputs: ['chosen'], attributes })
    const model = withOutputs(modelOf(graphOf([truth, chosen])), { outputs: ['chosen'] })
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['MatMul', 'Cast', 'If'])
    expect(run({ outputs: ['chosen'] }, { graph: graphOf([truth, chosen]) })[0]?.shape).toEqual([2, 6, 5])
  })

  test('error: lists the outputs there are', () => {
    expect(() => run({ outputs: ['score'] })).toThrowErrorMatchingInlineSnapshot(
      `[OnnxResultError: The result "score" is no value of the model, whose outputs are "scores", "other".]`,
    )
    expect(() => run({ outputs: ['scores', 'scores'] })).toThrow('is asked for twice')
    expect(() => run({ outputs: [''] })).toThrow(OnnxResultError)
  })
})
