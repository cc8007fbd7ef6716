import { expect, test } from 'vitest'
import { assembleLines, type Line } from '../../../../../test/differential/assembly.ts'
import { decode } from '../decode.ts'
import { analyseFlow } from './controlFlow.ts'
import { type Block, type Effort, findRegion, MAX_BLOCK } from './region.ts'

/** The region at `pc` of a listing, whose code ends with its last line; `compiled` are the entries of other regions. */
function regionAt(lines: readonly Line[], pc = 0, effort: Effort = 'thorough', compiled: readonly number[] = []) {
  const words = assembleLines(lines)
  const source = {
    codeEnd: 4 * words.length,
    fetch: (at: number) => decode(words[at / 4]),
    isCompiled: (at: number) => compiled.includes(at),
  }
  return findRegion(source, pc, effort)
}

/** Pcs of the blocks along jumps, starting with `block`. */
function chainOf(block: Block | undefined): number[] {
  const pcs: number[] = []
  for (let at = block; at !== undefined && pcs.length < 100; ) {
    pcs.push(at.pc)
    const { terminator } = at
    at = terminator.kind === 'jump' && terminator.to.kind === 'block' ? terminator.to.block : undefined
  }
  return pcs
}

const NOP: Line = ['addi', {}]

test('default: a short callee is copied to each place of call, and its return is guessed', () => {
  // 0: call f; 4: call f; 8: ebreak; f = 12: nop; 16: ret
  const lines: Line[] = [
    ['jal', { rd: 1 }, 'f'],
    ['jal', { rd: 1 }, 'f'],
    ['ebreak', {}],
    'f',
    NOP,
    ['jalr', { rs1: 1 }],
  ]
  const region = regionAt(lines)
  expect(region?.numInstructions).toBe(3 + 2 * 2)
  const callee = region?.entry.terminator
  if (callee?.kind !== 'jump' || callee.to.kind !== 'block') throw new Error('The call is not followed.')
  expect(callee.to.block.pc).toBe(12)
  const back = callee.to.block.terminator
  if (back.kind !== 'indirect' || back.guesses[0].to.kind !== 'block') throw new Error('The return is not guessed.')
  expect([back.guesses[0].pc, back.guesses[0].to.block.pc]).toEqual([4, 4])
})

test('default: with little effort calls leave the region, and so does code of other regions', () => {
  const lines: Line[] = [NOP, NOP, ['jal', { rd: 1 }, 'f'], 'f', NOP, ['jalr', { rs1: 1 }]]
  expect(regionAt(lines, 0, 'quick')?.entry.terminator).toEqual({ kind: 'jump', to: { kind: 'leave', pc: 12 } })
  const cut = regionAt(lines, 0, 'quick', [4])
  expect([cut?.numInstructions, cut?.entry.terminator]).toEqual([1, { kind: 'jump', to: { kind: 'leave', pc: 4 } }])
})

test('default: a call of the function itself is a jump inside the region', () => {
  const lines: Line[] = ['f', NOP, ['jal', { rd: 1 }, 'f'], NOP, ['jalr', { rs1: 1 }]]
  const region = regionAt(lines)
  const { terminator } = region?.entry ?? {}
  if (terminator?.kind !== 'jump' || terminator.to.kind !== 'block') throw new Error('The call is not followed.')
  expect(terminator.to.block).toBe(region?.entry)
})

test('default: a function that calls itself returns into itself', () => {
  // f = 0: beq → 12; 4: call f; 8: nop; 12: ret
  const region = regionAt(['f', ['beq', {}, 'end'], ['jal', { rd: 1 }, 'f'], NOP, 'end', ['jalr', { rs1: 1 }]])
  const { terminator } = region?.entry ?? {}
  if (terminator?.kind !== 'branch' || terminator.taken.kind !== 'block') throw new Error('The branch is not followed.')
  const back = terminator.taken.block.terminator
  if (back.kind !== 'indirect' || back.guesses[0].to.kind !== 'block') throw new Error('The return is not guessed.')
  expect([back.guesses[0].pc, back.guesses[0].to.block.pc]).toEqual([8, 8])
})

test('edge: jumps without code at their target are left to trap, the next instruction at CODE_END is not', () => {
  expect(regionAt([['jal', { imm: 6 }]])?.entry.terminator).toEqual({ kind: 'jump', to: { kind: 'trap' } })
  expect(regionAt([['jal', { imm: 4 }]])?.entry.terminator).toEqual({ kind: 'jump', to: { kind: 'trap' } })
  expect(regionAt([['beq', { imm: 4 }]])?.entry.terminator).toEqual({
    kind: 'branch',
    taken: { kind: 'trap' },
    notTaken: { kind: 'leave', pc: 4 },
  })
  expect(regionAt([NOP])?.entry.terminator).toEqual({ kind: 'stop' })
})

test('edge: nothing to compile at an illegal word, at ecall and at ebreak', () => {
  expect(regionAt([0])).toBeUndefined()
  expect(regionAt([['ecall', {}]])).toBeUndefined()
  expect(regionAt([['ebreak', {}]])).toBeUndefined()
})

test('edge: long straight code is cut into blocks and, at the limit, out of the region', () => {
  const region = regionAt(Array.from({ length: 4000 }, () => NOP))
  expect(region?.numInstructions).toBe(3000)
  const starts = Array.from({ length: Math.ceil(3000 / MAX_BLOCK) }, (_, i) => 4 * MAX_BLOCK * i)
  expect(chainOf(region?.entry)).toEqual(starts)
})

test('default: loops are headers, joins are merges, every loop is checked', () => {
  // 0: nop; 4 (header): beq → 12; 8: nop; 12 (join): bne → 4; 16: ebreak
  const region = regionAt([NOP, 'loop', ['beq', { imm: 8 }], NOP, ['bne', {}, 'loop'], ['ebreak', {}]])
  if (region === undefined) throw new Error('No region.')
  const graph = analyseFlow(region.entry)
  const { terminator } = region.entry
  if (terminator.kind !== 'jump' || terminator.to.kind !== 'block') throw new Error('The loop is not reached.')
  const header = graph.nodeOf(terminator.to.block)
  expect([header.isLoopHeader, header.isMerge, header.checkSteps]).toEqual([true, false, 3])
  expect(header.merges.map(({ block, isLoopHeader }) => [block.pc, isLoopHeader])).toEqual([[12, false]])
  expect(graph.entry.checkSteps).toBe(1)
})

test('edge: an edge into the middle of a loop leaves the region', () => {
  // 0: beq → b; a = 4: nop; b = 8: bne → a; 12: ebreak. The loop {a, b} has two entries.
  const region = regionAt([['beq', {}, 'b'], 'a', NOP, 'b', ['bne', {}, 'a'], ['ebreak', {}]])
  if (region === undefined) throw new Error('No region.')
  const graph = analyseFlow(region.entry)
  const { terminator } = region.entry
  if (terminator.kind !== 'branch' || terminator.taken.kind !== 'block') throw new Error('No branch.')
  const b = graph.nodeOf(terminator.taken.block)
  expect(b.block.terminator).toMatchObject({ kind: 'branch', taken: { kind: 'leave', pc: 4 } })
})
