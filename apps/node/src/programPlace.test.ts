import { beforeAll, describe, expect, test } from 'vitest'
import type { KnownProgramModel } from './modelLibrary.ts'
import { describeSubtree, nodeTitle, programPlace } from './programPlace.ts'
import { exampleModel } from './testing/exampleModel.ts'

let known: KnownProgramModel

beforeAll(async () => {
  known = (await exampleModel()).model
})

// Heights of the example: 4 of steps, 2 of nodes, 2 of blocks; sections of 1, 6 and 1 steps.
describe('programPlace', () => {
  test('default: position, node and block of a leaf', () => {
    const place = programPlace(known.program, known.model, (4n << 4n) | (1n << 2n) | 1n)
    const node = { node: 1, operator: 'Map', output: 'state', reads: null }
    expect(place).toEqual({ position: 4, section: 1, step: 3, ...node, block: 1 })
  })

  test('edge: past the last node, past the last position', () => {
    expect(programPlace(known.program, known.model, (7n << 4n) | (3n << 2n))).toMatchObject({
      section: 2,
      node: 3,
      operator: null,
    })
    expect(programPlace(known.program, known.model, 8n << 4n)).toMatchObject({ position: 8, section: null, step: null })
  })
})

describe('nodeTitle', () => {
  test.each([
    [null, null, 'past the end'],
    [null, 'w', 'past the end'],
    ['Conv', null, 'Conv'],
    ['Conv', 'conv1.weight', 'Conv of "conv1.weight"'],
  ])('default: %s that reads %s', (operator, reads, title) => {
    expect(nodeTitle({ operator, reads, output: null })).toBe(title)
    if (operator !== null) expect(nodeTitle({ operator, reads, output: 'y' })).toBe(`${title}, output "y"`)
  })

  test.each([
    [0, 0, 'start'],
    [1, 0, 'step'],
    [1, 1, null],
    [7, 0, 'scale'],
  ])('default: position %d, node %d reads %s', (position, node, name) => {
    const index = (BigInt(position) << 4n) | (BigInt(node) << 2n)
    expect(programPlace(known.program, known.model, index).reads).toBe(name)
  })
})

describe('describeSubtree', () => {
  test.each([
    [8, 0n, 'step positions 0 to 15'],
    [4, 4n, 'step position 4, all nodes'],
    [3, 9n, 'step position 4, nodes 2 to 3 (Map)'],
    [2, 17n, 'step position 4, node 1 (Map, output "state"), all of its output'],
    [1, 34n, 'step position 4, node 1 (Map, output "state"), blocks 0 to 1'],
    [0, 69n, 'step position 4, node 1 (Map, output "state"), block 1'],
    [0, 200n, 'step position 12, node 2 (past the end), block 0'],
  ])('default: height %d, index %d', (height, index, text) => {
    expect(describeSubtree(known.program, known.model, { height, index })).toBe(text)
  })
})
