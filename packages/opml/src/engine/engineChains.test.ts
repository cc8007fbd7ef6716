import { expect, test } from 'vitest'
import { parseProgram } from '../graph/parseProgram.ts'
import { planChains } from './engineChains.ts'

/** The chains of a section of i32[2, 3] nodes on one input. */
function chainsOf(lines: readonly string[], kept: readonly number[] = []) {
  const nodes = lines.map((line, i) => `  %${i} = ${line}`).join('\n')
  const { sections } = parseProgram(`program 1
input $0 "x" i32[2,3]
section 0 steps 1 {
${nodes}
}
output "y" i32[2,3] = section 0 %${lines.length - 1}
`)
  return planChains({ nodes: sections[0]?.nodes ?? [], hasStrips: () => true, kept: new Set(kept) })
}

const plusOne = (source: string, view = '3,1') =>
  `Map i32[2,3] a=${source}:i32 view(${view}) [ v0 = load a; v1 = i32.add v0, 1 ]`
const sum = (a: string, b: string) =>
  `Map i32[2,3] a=${a}:i32 view(3,1) b=${b}:i32 view(3,1) [ v0 = load a; v1 = load b; v2 = i32.add v0, v1 ]`

test('default: Maps that take the elements of earlier members follow; the last output alone is stored', () => {
  const { heads, ends, isStored } = chainsOf([plusOne('$0'), plusOne('%0'), sum('%0', '%1')])
  expect(heads).toEqual([0, 0, 0])
  expect(ends).toEqual([2, 2, 2])
  expect(isStored).toEqual([false, false, true])
})

test('default: what is read beyond the chain, or after the step, is stored', () => {
  expect(chainsOf([plusOne('$0'), plusOne('%0'), plusOne('%0', '0,1')]).isStored).toEqual([true, true, true])
  expect(chainsOf([plusOne('$0'), plusOne('%0')], [0]).isStored).toEqual([true, true])
})

test('edge: another walk over the elements ends a chain', () => {
  expect(chainsOf([plusOne('$0'), plusOne('%0', '1,1'), plusOne('%1')]).heads).toEqual([0, 1, 1])
})

test('edge: what takes nothing of the chain does not follow', () => {
  expect(chainsOf([plusOne('$0'), plusOne('$0'), plusOne('%1')]).heads).toEqual([0, 1, 1])
})

test('edge: a chain has at most eight members', () => {
  const lines = Array.from({ length: 10 }, (_, i) => plusOne(i === 0 ? '$0' : `%${i - 1}`))
  expect(chainsOf(lines).ends).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 9, 9])
})
