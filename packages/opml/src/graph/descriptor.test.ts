import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import { arbitraryNode } from './testing/arbitraryProgram.ts'
import { decodeDescriptor } from './decodeDescriptor.ts'
import { encodeDescriptor } from './encodeDescriptor.ts'
import { DescriptorError, TensorTooLargeError, UnknownDtypeError } from './errors.ts'
import { microOpNamed } from './microOps.ts'
import type { MicroOp, Node, Operand } from './node.ts'
import type { OperatorRule } from './operatorRule.ts'
import { TEST_OPERATORS } from './testing/testOperators.ts'

const ruleOf = (op: string) => TEST_OPERATORS.named(op) as OperatorRule
const encode = (node: Node) => encodeDescriptor(node, ruleOf(node.op))

const view = (index: number, p: { strides: number[]; offset?: number }): Operand => ({
  ref: { kind: 'constant', index },
  dtype: 'f32',
  layout: { kind: 'view', strides: p.strides, offset: p.offset ?? 0 },
})

/** relu(a · b + c), shape [1, 20], k = 784. */
const matMul: Node = {
  op: 'MatMul',
  dtype: 'f32',
  shape: [1, 20],
  operands: [
    {
      ref: { kind: 'previous', index: 7, initial: { kind: 'section', section: 3, index: 9 } },
      dtype: 'f32',
      layout: { kind: 'view', strides: [784, 0], offset: 0 },
    },
    view(2, { strides: [0, 1], offset: 5 }),
    view(1, { strides: [0, -1], offset: 19 }),
  ],
  attributes: { k: 784, strideA: 1, strideB: -20 },
  microOps: [
    { name: 'acc', sources: [], imm: 0 },
    { name: 'load', sources: [2], imm: -1 },
    { name: 'f32.add', sources: [0, 1], imm: 0 },
    { name: 'f32.max', sources: [2, 'imm'], imm: 0x3f800000 },
  ],
}

const gather: Node = {
  op: 'Gather',
  dtype: 'i64',
  shape: [2, 3],
  operands: [{ ref: { kind: 'node', index: 4 }, dtype: 'i64', layout: { kind: 'dense', dims: [5, 6, 7] } }],
  attributes: {},
  microOps: [],
}

const reduce: Node = {
  op: 'Reduce',
  dtype: 'f32',
  shape: [],
  operands: [{ ref: { kind: 'zero' }, dtype: 'f32', layout: { kind: 'view', strides: [], offset: 0 } }],
  attributes: { numPreOps: 0, mode: 1, scale: -0, limit: Number.POSITIVE_INFINITY },
  microOps: [],
}

/** Words of a descriptor worked by hand from spec/02 §3 to §5, those not named being zero. */
function words(...rows: Record<number, number>[]): string {
  const bytes = new Uint8Array(512)
  for (const [word, value] of rows.flatMap((row) => Object.entries(row)))
    new DataView(bytes.buffer).setUint32(4 * Number(word), value >>> 0, true)
  return bytesToHex(bytes)
}

describe('encodeDescriptor', () => {
  test('default: views, attributes and micro-ops stand where spec/02 §3 puts them', () => {
    const expected = words(
      { 0: 0x0401_0002, 1: 0x0101_0101, 2: 0x0000_0002, 3: 80 },
      { 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 20 },
      { 10: 0x0003_0504, 11: 7, 12: 9, 13: 1, 14: 2, 16: 1, 17: 1 },
      { 29: 784, 43: 1, 44: 5 },
      { 56: -1, 57: 19 },
      { 58: 784, 59: 1, 60: -20 },
      { 80: 5, 82: 0x0000_0200, 83: -1, 84: 0x0001_0010, 86: 0x00ff_0215, 87: 0x3f80_0000 },
    )
    expect(bytesToHex(encode(matMul))).toBe(expected)
  })

  test('default: a dense operand has its rank and dims, no strides', () => {
    const expected = words(
      { 0: 0x0001_000c, 1: 0x0000_0a0a, 2: 0x0000_0302, 3: 48 },
      { 4: 1, 5: 1, 6: 1, 7: 1, 8: 2, 9: 3, 10: 3, 11: 4 },
      { 19: 1, 20: 1, 21: 1, 22: 5, 23: 6, 24: 7 },
    )
    expect(bytesToHex(encode(gather))).toBe(expected)
  })

  test('default: a scalar of the zero tensor, −0 and infinity as attributes', () => {
    const expected = words(
      { 0: 0x0001_0008, 1: 0x0000_0101, 3: 4, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1 },
      { 59: 1, 60: 0x8000_0000, 61: 0x7f80_0000 },
    )
    expect(bytesToHex(encode(reduce))).toBe(expected)
  })

  test('property: decode is the inverse of encode', () => {
    fc.assert(
      fc.property(arbitraryNode, (node) => {
        expect(decodeDescriptor(encode(node), TEST_OPERATORS)).toEqual(node)
      }),
      { numRuns: 2000 },
    )
  })

  const op = (name: string, p: Partial<MicroOp>): MicroOp => ({ name, sources: [], imm: 0, ...p })
  const withOp = (microOp: MicroOp): Node => ({ ...matMul, microOps: [microOp] })
  const withAttribute = (p: Record<string, number>): Node => ({ ...matMul, attributes: { ...matMul.attributes, ...p } })
  const a = matMul.operands[0] as Operand
  const faults: [fact: string, node: Node, word: number][] = [
    ['a rule of another operator', { ...matMul, op: 'Map' }, 0],
    ['25 micro-ops', { ...matMul, microOps: new Array(25).fill(op('acc', {})) }, 0],
    ['seven dimensions', { ...matMul, shape: [1, 1, 1, 1, 1, 1, 1] }, 4],
    ['a negative dimension', { ...matMul, shape: [1, -20] }, 9],
    ['a broken dimension', { ...matMul, shape: [1, 2.5] }, 9],
    ['an operand without a rule', { ...gather, operands: [gather.operands[0], undefined, a] }, 45],
    ['a dense operand for a view', { ...matMul, operands: [{ ...a, layout: { kind: 'dense', dims: [1] } }] }, 19],
    [
      'a view for a dense operand',
      { ...gather, operands: [{ ...a, layout: { kind: 'view', strides: [1, 1], offset: 0 } }] },
      19,
    ],
    [
      'a view with too few strides',
      { ...matMul, operands: [{ ...a, layout: { kind: 'view', strides: [1], offset: 0 } }] },
      19,
    ],
    [
      'a stride of 2^31',
      { ...matMul, operands: [{ ...a, layout: { kind: 'view', strides: [0, 2 ** 31], offset: 0 } }] },
      30,
    ],
    ['a stride of −0', { ...matMul, operands: [{ ...a, layout: { kind: 'view', strides: [0, -0], offset: 0 } }] }, 30],
    ['a section of 2^16', { ...matMul, operands: [{ ...a, ref: { kind: 'section', section: 65536, index: 0 } }] }, 10],
    ['a missing attribute', { ...matMul, attributes: { k: 1, strideA: 1 } }, 58],
    ['an attribute too many', withAttribute({ more: 1 }), 58],
    ['an attribute of another name', { ...matMul, attributes: { k: 1, strideA: 1, toString: 1 } }, 60],
    ['a negative u32 attribute', withAttribute({ k: -1 }), 58],
    ['an i32 attribute of 2^31', withAttribute({ strideB: 2 ** 31 }), 60],
    ['an attribute that is no f32', { ...reduce, attributes: { ...reduce.attributes, scale: 0.1 } }, 60],
    ['an unknown micro-op', withOp(op('f32.nothing', {})), 80],
    ['a source too few', withOp(op('f32.add', { sources: [0] })), 80],
    ['an immediate as first source', withOp(op('f32.add', { sources: ['imm', 0] })), 80],
    ['source 255', withOp(op('f32.add', { sources: [0, 255] })), 80],
    ['a source below 0', withOp(op('f32.neg', { sources: [-1] })), 80],
    ['an immediate without use', withOp(op('f32.neg', { sources: [0], imm: 1 })), 81],
    ['an immediate of 2^31', withOp(op('i32.const', { imm: 2 ** 31 })), 81],
  ]
  test.each(faults)('error: refuses %s', (_, node, word) => {
    const rule = node.op === 'Map' ? ruleOf('MatMul') : ruleOf(node.op)
    expect(() => encodeDescriptor(node, rule)).toThrow(DescriptorError)
    expect(() => encodeDescriptor(node, rule)).toThrow(expect.objectContaining({ word }))
  })

  test('error: refuses what is no dtype, and more than 1 GiB', () => {
    expect(() => encode({ ...matMul, dtype: 'f64' as 'f32' })).toThrow(UnknownDtypeError)
    expect(() => encode({ ...matMul, shape: [2 ** 28, 2] })).toThrow(TensorTooLargeError)
  })
})

describe('decodeDescriptor', () => {
  const changed = (node: Node, bytes: Record<number, number>): Uint8Array => {
    const descriptor = encode(node)
    for (const [at, value] of Object.entries(bytes)) descriptor[Number(at)] = value
    return descriptor
  }
  const { id: neg } = microOpNamed('f32.neg') as { id: number }
  const faults: [fact: string, descriptor: Uint8Array, word: number][] = [
    ['511 bytes', new Uint8Array(511), 0],
    ['zeros', new Uint8Array(512), 0],
    ['version 2', changed(matMul, { 2: 2 }), 0],
    ['an unknown opcode', changed(matMul, { 1: 1 }), 0],
    ['25 micro-ops', changed(matMul, { 3: 25 }), 0],
    ['dtype 0 of the output', changed(matMul, { 4: 0 }), 1],
    ['dtype 13', changed(matMul, { 5: 13 }), 1],
    ['rank 7', changed(matMul, { 8: 7 }), 2],
    ['rank 7 of a dense operand', changed(gather, { 9: 7 }), 2],
    ['a rank of a view', changed(matMul, { 9: 2 }), 2],
    ['a length that is not that of the dims', changed(matMul, { 12: 81 }), 3],
    ['a missing dimension that is not 1', changed(matMul, { 16: 0 }), 4],
    ['a reference of kind 6', changed(matMul, { 40: 6 }), 10],
    ['an initial value of kind 3', changed(matMul, { 41: 3 }), 10],
    ['an initial value of kind 4', changed(matMul, { 41: 4 }), 10],
    ['an index of the zero tensor', changed(reduce, { 44: 1 }), 11],
    ['a section of a constant', changed(matMul, { 54: 1 }), 13],
    ['an initial value of a constant', changed(matMul, { 60: 1 }), 15],
    ['a reference of an absent operand', changed(gather, { 52: 1 }), 13],
    ['an operand that the operator does not take', changed(gather, { 7: 1 }), 1],
    ['dims of a view', changed(matMul, { 76: 1 }), 19],
    ['strides of a dense operand', changed(gather, { 100: 1 }), 25],
    ['a word after the last attribute', changed(matMul, { 244: 1 }), 61],
    ['a NaN attribute with other bits', changed(reduce, { 240: 1, 241: 0, 242: 0xc0, 243: 0x7f }), 60],
    ['an unknown micro-op', changed(matMul, { 320: 6 }), 80],
    ['a source of a micro-op that takes none', changed(matMul, { 321: 1 }), 80],
    ['a first source of 255', changed({ ...matMul, microOps: [] }, { 3: 1, 320: neg, 321: 255 }), 80],
    ['an immediate without use', changed(matMul, { 324: 1 }), 81],
    ['a byte after the last micro-op', changed(matMul, { 511: 1 }), 127],
  ]
  test.each(faults)('error: refuses %s', (_, descriptor, word) => {
    expect(() => decodeDescriptor(descriptor, TEST_OPERATORS)).toThrow(DescriptorError)
    expect(() => decodeDescriptor(descriptor, TEST_OPERATORS)).toThrow(expect.objectContaining({ word }))
  })

  test('property: whatever one bit is turned, the result is refused or encodes to itself', () => {
    fc.assert(
      fc.property(arbitraryNode, fc.integer({ min: 0, max: 4095 }), (node, bit) => {
        const descriptor = encode(node)
        descriptor[bit >>> 3] ^= 1 << (bit & 7)
        try {
          expect(encode(decodeDescriptor(descriptor, TEST_OPERATORS))).toEqual(descriptor)
        } catch (error) {
          if (!(error instanceof TensorTooLargeError)) expect(error).toBeInstanceOf(DescriptorError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
