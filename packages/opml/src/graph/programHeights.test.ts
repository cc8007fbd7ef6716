import { expect, test } from 'vitest'
import { OPERATOR_TABLE } from '../ops/index.ts'
import { parseProgram } from './parseProgram.ts'
import { programHeights } from './programHeights.ts'

/** A section of `nodes` copies of `count` f32 for `steps` steps. */
const section = (number: number, p: { nodes: number; steps: number; count: number }) => {
  const node = (i: number) => `%${i} = Map f32[${p.count}] a=$0:f32 view(1) [ v0 = load a ]`
  return `section ${number} steps ${p.steps} { ${Array.from({ length: p.nodes }, (_, i) => node(i)).join('\n')} }\n`
}

const program = (...sections: string[]) =>
  parseProgram(`program 1\ninput $0 "x" f32[100000]\n${sections.join('')}output "y" f32[1] = section 0 %0\n`)

test('default: the least that hold positions, nodes of a section and blocks of an output', () => {
  // 32 f32 are a block. 3 + 5 positions, 5 nodes at most, 33 f32 are 2 blocks.
  const { coarseHeight, fineHeight, ...graph } = programHeights(
    program(section(0, { nodes: 5, steps: 3, count: 32 }), section(1, { nodes: 1, steps: 5, count: 33 })),
    OPERATOR_TABLE,
  )
  expect(graph).toEqual({ stepHeight: 3, nodeHeight: 3, blockHeight: 1 })
  expect([coarseHeight, fineHeight]).toEqual([12, 12])
})

test('edge: one node, no elements', () => {
  expect(programHeights(program(section(0, { nodes: 1, steps: 1, count: 0 })), OPERATOR_TABLE)).toEqual({
    stepHeight: 0,
    nodeHeight: 0,
    blockHeight: 0,
    coarseHeight: 12,
    fineHeight: 12,
  })
})

test.each([
  [2 ** 24, 12],
  [2 ** 24 + 1, 16],
  [2 ** 28, 16],
  [2 ** 28 + 1, 20],
])('default: a block of %i steps takes a coarse height of %i', (costSteps, coarseHeight) => {
  const rule = OPERATOR_TABLE.named('Map')
  const operators = { ...OPERATOR_TABLE, named: () => rule && { ...rule, costSteps: () => costSteps } }
  const heights = programHeights(program(section(0, { nodes: 1, steps: 1, count: 1 })), operators)
  expect([heights.coarseHeight, heights.fineHeight]).toEqual([coarseHeight, 12])
})
