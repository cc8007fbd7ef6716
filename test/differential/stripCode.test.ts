import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { functionModule, type SimdFunction } from '../../packages/opml/src/engine/simdWriter.ts'
import { stripFunction } from '../../packages/opml/src/engine/stripCode.ts'
import { MICRO_OPS } from '../../packages/opml/src/graph/microOps.ts'
import type { Node } from '../../packages/opml/src/graph/node.ts'
import { parseProgram } from '../../packages/opml/src/graph/parseProgram.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import { testEngine } from './engineProgram.ts'

/** Lengths of rows around the width of vectors, and rows that strips cut. */
const SHAPES = ['1', '3', '4', '5', '300', '3,1', '5,3', '2,4', '7,5', '6,33', '3,400']
const [FLOAT_WORDS, WORDS] = [
  [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 1, 0x4f000000, 0xcf000001],
  [0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 31, 32, 255],
]
/** Dtype of the operand that an argument is loaded from. */
const DTYPES = { F: 'f32', I: 'i32' } as const

interface Case {
  readonly name: string
  readonly node: (shape: string) => string
}

/** All elements, one a row, one a column, one for all. */
function views(shape: string): string[] {
  const columns = Number(shape.split(',').at(-1))
  return shape.includes(',') ? [`${columns},1`, '1,0', '0,1', '0,0'] : ['1', '1', '1', '0']
}

/** Each micro-op whose arguments and result are of 32 bits, its arguments read in the different ways. */
const arithmetic = MICRO_OPS.flatMap((op): Case[] => {
  const kinds = op.arguments.split('')
  if (kinds.length === 0 || kinds.includes('L') || op.result === 'i64') return []
  const turns = kinds.length === 1 ? [0, 1, 2, 3] : [0, 1, 2, 3, 4]
  return turns.map((turn) => ({
    name: `${op.name}, turn ${turn}`,
    node: (shape) => {
      const loads = kinds.map((_, i) => views(shape)[(turn + i) % 4])
      const operands = kinds.map(
        (kind, i) => `${'abc'[i]}=${kind === 'F' ? '$0' : '$1'}:${DTYPES[kind as 'F' | 'I']} view(${loads[i]})`,
      )
      const ops = kinds.map((_, i) => `v${i} = load ${'abc'[i]}`)
      const sources = kinds.map((_, i) => (turn === 4 && i === 1 && kinds.length === 2 ? '3' : `v${i}`))
      const last = `v${kinds.length} = ${op.name} ${sources.join(', ').replace(/, 3$/, kinds[0] === 'F' ? ', 3.0' : ', 3')}`
      return `Map ${op.result}[${shape}] ${operands.join(' ')} [ ${[...ops, last].join('; ')} ]`
    },
  }))
})

/** Bounds of every kind: zeros of both signs, others, infinities, NaN. */
const bounds = ['f32.min', 'f32.max'].flatMap((op) =>
  ['0.0', '-0.0', '1.0', '-1.0', 'inf', '-inf', 'nan'].map(
    (bound): Case => ({
      name: `${op} ${bound}`,
      node: (shape) => `Map f32[${shape}] a=$0:f32 view(${views(shape)[0]}) [ v0 = load a; v1 = ${op} v0, ${bound} ]`,
    }),
  ),
)

/** Requantisation by a shift that is known: none, the least, across the words, the greatest, and more than that. */
const scaled = [0, 1, 8, 31, 32, 47, 62, 63, -1].flatMap((shift) =>
  [0, 1, 2, 3].map(
    (turn): Case => ({
      name: `i32.requantize by ${shift}, turn ${turn}`,
      node: (shape) =>
        `Map i32[${shape}] a=$1:i32 view(${views(shape)[turn]}) b=$2:i32 view(${views(shape)[(turn + 1) % 4]}) ` +
        `[ v0 = load a; v1 = load b; v2 = i32.const ${shift}; v3 = i32.requantize v0, v1, v2 ]`,
    }),
  ),
)

/** Each dtype that is loaded or stored, with constants, negative zeros and words beyond the dtype. */
const transfers = ['f32', 'i32', 'u32', 'i8', 'u8', 'bool', 'i16'].flatMap((from) =>
  ['f32', 'i32', 'u32', 'i8', 'u8', 'i16'].flatMap((to) =>
    [0, 1, 2, 3].map((turn): Case => {
      const isFloat = [from === 'f32', to === 'f32']
      const value = isFloat[0] === isFloat[1] ? 'v0' : 'v1'
      const convert = isFloat[0] ? 'v1 = i32.trunc_sat_f32_s v0; ' : 'v1 = f32.convert_i32_s v0; '
      const kind = isFloat[1] ? 'f32' : 'i32'
      const next = isFloat[0] === isFloat[1] ? 1 : 2
      return {
        name: `${from} to ${to}, turn ${turn}`,
        node: (shape) =>
          `Map ${to}[${shape}] a=${isFloat[0] ? '$0' : `$${2 + ['i32', 'u32', 'i8', 'u8', 'bool', 'i16'].indexOf(from)}`}:${from} view(${views(shape)[turn]}) ` +
          `[ v0 = load a; ${value === 'v1' ? convert : ''}v${next} = ${kind}.const ${isFloat[1] ? '1.5' : '3'}; v${next + 1} = ${kind}.add ${value}, v${next} ]`,
      }
    }),
  ),
)

/** All cases on one shape as sections of one program: each node, and a Map that takes its elements after it. */
function programOf(cases: readonly Case[], shape: string) {
  const size = shape.split(',').reduce((a, b) => a * Number(b), 1)
  const inputs = ['f32', 'i32', 'i32', 'u32', 'i8', 'u8', 'bool', 'i16'].map(
    (dtype, i) => `input $${i} "x${i}" ${dtype}[${size}]`,
  )
  const sections = cases.map(({ node }, i) => {
    const text = node(shape)
    const dtype = /^Map (\w+)\[/.exec(text)?.[1] as string
    const kind = dtype === 'f32' ? 'f32' : 'i32'
    return `section ${i} steps 1 {
  %0 = ${text}
  %1 = Map ${kind}[${shape}] a=%0:${dtype} view(${views(shape)[0]}) [ v0 = load a; v1 = ${kind}.add v0, ${kind === 'f32' ? '1.0' : '1'} ]
}`
  })
  const outputs = cases.flatMap(({ node }, i) => {
    const dtype = /^Map (\w+)\[/.exec(node(shape))?.[1] as string
    const kind = dtype === 'f32' ? 'f32' : 'i32'
    return [dtype, kind].map((type, k) => `output "y${i}.${k}" ${type}[${shape}] = section ${i} %${k}`)
  })
  return { program: parseProgram(['program 1', ...inputs, ...sections, ...outputs, ''].join('\n')), size }
}

function inputsOf(size: number): Uint8Array[] {
  const random = seededRandom(20_29)
  const word = (known: readonly number[]) =>
    random.below(3) === 0 ? (known[random.below(known.length)] as number) : random.below(2 ** 32)
  const words = (known: readonly number[]) =>
    new Uint8Array(Uint32Array.from({ length: size }, () => word(known)).buffer)
  const bytes = (bound: number) => Uint8Array.from({ length: size }, () => random.below(bound))
  const inputs = [
    words(FLOAT_WORDS),
    words(WORDS),
    words(WORDS),
    words(WORDS),
    bytes(256),
    bytes(256),
    bytes(2),
    words(WORDS).slice(0, 2 * size),
  ]
  const floats = new Uint32Array((inputs[0] as Uint8Array).buffer)
  floats.forEach(
    (bits, i) => (floats[i] = (bits & 0x7f800000) === 0x7f800000 && (bits & 0x7fffff) !== 0 ? 0x7fc00000 : bits),
  )
  return inputs
}

describe.each(SHAPES)('elements [%s]', (shape) => {
  const engine = testEngine(1)
  afterAll(() => engine.close())

  test.each([
    { kind: 'micro-ops', cases: arithmetic },
    { kind: 'bounds', cases: bounds },
    { kind: 'requantisations', cases: scaled },
    { kind: 'dtypes', cases: transfers },
  ])('differential: $kind as code have the bits of the portable kernels', async ({ cases }) => {
    const { program, size } = programOf(cases, shape)
    const inputs = inputsOf(size)
    const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
    const expected = portable.run(program, { inputs, constants: [] })
    const loaded = engine.load(program, [])
    const outputs = await loaded.run(inputs)
    loaded.close()
    const wrong = expected.flatMap((bytes, i) =>
      Buffer.compare(bytes, outputs[i] as Uint8Array) === 0 ? [] : [cases[i >> 1]?.name],
    )
    expect(wrong).toEqual([])
  })
})

test.each([
  ['f32', 4],
  ['i16', 2],
  ['u8', 1],
])('edge: of %s, no element but those asked for is written', (dtype, size) => {
  const { sections } = parseProgram(`program 1
input $0 "x" ${dtype}[16]
section 0 steps 1 {
  %0 = Map ${dtype}[16] a=$0:${dtype} view(1) [ v0 = load a ]
}
output "y" ${dtype}[16] = section 0 %0
`)
  const node = sections[0]?.nodes[0] as Node
  const code = stripFunction([{ node, operands: [64], out: 256, chained: [0] }]) as SimdFunction
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 })
  const module = new WebAssembly.Module(functionModule([code], { isShared: false, maximumPages: 1, tableBase: 0 }))
  new WebAssembly.Instance(module, { env: { memory, table } })
  const run = table.get(0) as (first: number, count: number, acc: number) => void
  for (let first = 0; first < 16; first++)
    for (let count = 1; first + count <= 16; count++) {
      const bytes = new Uint8Array(memory.buffer).fill(7, 64, 64 + 16 * size).fill(0, 256)
      run(first, count, 0)
      const written = [...bytes.subarray(256, 512).keys()].filter((i) => bytes[256 + i] !== 0)
      expect(written).toEqual(Array.from({ length: count * size }, (_, i) => first * size + i))
    }
})

test('default: code is made for vector instructions, not for what has none', () => {
  const { program } = programOf(arithmetic, '7,5')
  const interpreted = program.sections.flatMap(({ nodes: [node] }) => {
    const members = node === undefined ? [] : [{ node, operands: [64, 64, 64], out: 64, chained: [0, 0, 0] }]
    return stripFunction(members) === undefined ? [node?.microOps.at(-1)?.name] : []
  })
  expect([...new Set(interpreted)]).toMatchInlineSnapshot(`
    [
      "f32.fmod",
      "f32.pow",
      "f32.f16_round",
      "f32.bf16_round",
      "f32.exp",
      "f32.log",
      "f32.sin",
      "f32.cos",
      "f32.tan",
      "f32.asin",
      "f32.acos",
      "f32.atan",
      "f32.sinh",
      "f32.cosh",
      "f32.tanh",
      "f32.asinh",
      "f32.acosh",
      "f32.atanh",
      "f32.erf",
      "f32.sigmoid",
      "f32.log1p",
      "f32.softplus",
      "i32.div_s",
      "i32.div_u",
      "i32.rem_s",
      "i32.rem_u",
      "i32.shl",
      "i32.shr_s",
      "i32.shr_u",
      "i32.requantize",
    ]
  `)
})
