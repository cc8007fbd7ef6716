import { seededRandom } from 'opml/core'
import { printProgram, verifyProgram } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { expect, test } from 'vitest'
import { SAMPLERS } from '../../differential/samples/samplers.ts'
import { ProgramWorld } from './programWorld.ts'
import { randomTensorProgram } from './randomTensorProgram.ts'

test('property: 300 programs are verified; every operator, reference and kind of halt is among them', () => {
  const [operators, references] = [new Set<string>(), new Set<string>()]
  const numSections = [0, 0, 0, 0]
  for (let seed = 0; seed < 300; seed++) {
    const { program } = randomTensorProgram(seededRandom(seed), 4)
    verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 10, fineHeight: 8 })
    numSections[program.sections.length] += 1
    for (const node of program.sections.flatMap(({ nodes }) => nodes)) {
      operators.add(node.op)
      for (const { ref } of node.operands.filter((operand) => operand !== undefined))
        references.add(ref.kind === 'previous' ? `previous from ${ref.initial.kind}` : ref.kind)
    }
  }
  expect([...operators].sort()).toEqual(Object.keys(SAMPLERS).sort())
  const sources = ['constant', 'input', 'section']
  expect([...references].sort()).toEqual(
    [...sources, 'node', 'previous from zero', ...sources.map((source) => `previous from ${source}`)].sort(),
  )
  for (const count of numSections.slice(1)) expect(count).toBeGreaterThan(30)
})

test('property: halts come at different steps, or never, as the data says', () => {
  const steps = new Map<string, number>()
  for (let seed = 0; seed < 60; seed++) {
    const world = new ProgramWorld({ seed, size: 2 })
    const { repeated } = world.history()
    let first = 0
    for (const { steps: numSteps, haltNode } of world.program.sections) {
      const computed = Array.from({ length: numSteps }, (_, i) => first + i).filter((at) => !repeated.has(at)).length
      const what = haltNode === undefined ? 'no halt' : computed === numSteps ? 'runs to the end' : `after ${computed}`
      steps.set(what, (steps.get(what) ?? 0) + 1)
      first += numSteps
    }
  }
  expect([...steps.keys()].sort()).toEqual(expect.arrayContaining(['after 1', 'after 2', 'no halt', 'runs to the end']))
})

test('property: the same seed gives the same program', () => {
  const [first, second] = [randomTensorProgram(seededRandom(7), 4), randomTensorProgram(seededRandom(7), 4)]
  expect(printProgram(second.program)).toBe(printProgram(first.program))
  expect(second).toEqual(first)
})
