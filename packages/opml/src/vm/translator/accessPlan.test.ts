import { expect, test } from 'vitest'
import { assembleLines, type Line } from '../../../../../test/differential/assembly.ts'
import { decode, type Instruction } from '../decode.ts'
import { planAccesses } from './accessPlan.ts'

const CODE_END = 0x1000

/** The plan of a listing at address 0, by index of the instruction. */
function planOf(lines: readonly Line[]) {
  const instructions = assembleLines(lines).map((word) => decode(word) as Instruction)
  return planAccesses(instructions, 0, CODE_END)
}

test('default: loads at constants from one register share a check of the register itself', () => {
  const plan = planOf([
    ['lw', { rd: 11, rs1: 10, imm: 8 }],
    ['addi', { rd: 10, rs1: 10, imm: 16 }],
    ['lbu', { rd: 12, rs1: 10, imm: -3 }],
  ])
  const group = { width: 4, isStore: false, base: 10, baseOffset: 0, span: 14, numAccesses: 2, sharedMark: undefined }
  expect(plan.get(0)).toEqual({ kind: 'grouped', group, isFirst: true, offset: 8 })
  expect(plan.get(2)).toEqual({ kind: 'grouped', group, isFirst: false, offset: 13 })
})

test('default: three stores of one base mark their first and last page once', () => {
  const stores = [4, -8, 0].map((imm): Line => ['sw', { rs1: 10, rs2: 11, imm }])
  const group = {
    width: 4,
    isStore: true,
    base: 10,
    baseOffset: -8,
    span: 16,
    numAccesses: 3,
    sharedMark: { first: 0, last: 15 },
  }
  expect(planOf(stores).get(0)).toEqual({ kind: 'grouped', group, isFirst: true, offset: 12 })
  expect(planOf(stores).get(1)).toEqual({ kind: 'grouped', group, isFirst: false, offset: 0 })
})

test('edge: accesses whose alignments exclude each other have checks of their own', () => {
  const plan = planOf([
    ['lw', { rd: 11, rs1: 10, imm: 0 }],
    ['lh', { rd: 12, rs1: 10, imm: 1 }],
  ])
  expect(plan.get(0)).toMatchObject({ isFirst: true, group: { width: 4, span: 4 } })
  expect(plan.get(1)).toMatchObject({ isFirst: true, group: { width: 2, span: 2 } })
})

test('edge: a register that was loaded is another base', () => {
  const plan = planOf([
    ['lw', { rd: 10, rs1: 10 }],
    ['lw', { rd: 10, rs1: 10 }],
  ])
  expect([plan.get(0), plan.get(1)]).toMatchObject([{ isFirst: true }, { isFirst: true }])
})

test('edge: constant addresses need no check where the access cannot trap', () => {
  const plan = planOf([
    ['lui', { rd: 10, imm: 2 }],
    ['sw', { rs1: 10, rs2: 11, imm: 4 }],
    ['lw', { rd: 12, rs1: 0, imm: 8 }],
    ['sw', { rs1: 0, rs2: 11, imm: 8 }],
    ['lh', { rd: 12, rs1: 10, imm: 1 }],
    ['lw', { rd: 12, rs1: 0, imm: -4 }],
  ])
  expect(plan.get(1)).toEqual({ kind: 'constant', address: 0x2004 })
  expect(plan.get(2)).toEqual({ kind: 'constant', address: 8 })
  // Below CODE_END, misaligned, in the reserved memory.
  for (const index of [3, 4, 5]) expect(plan.get(index)).toMatchObject({ kind: 'grouped' })
})
