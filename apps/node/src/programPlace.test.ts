import { beforeAll, describe, expect, test } from 'vitest'
import type { KnownProgramModel } from './modelLibrary.ts'
import { describeSubtree, programPlace } from './programPlace.ts'
import { exampleModel } from './testing/exampleModel.ts'

let known: KnownProgramModel

beforeAll(async () => {
  known = (await exampleModel()).model
})

// Heights of the example: 4 of steps, 2 of nodes, 2 of blocks; sections of 1, 6 and 1 steps.
describe('programPlace', () => {
  test('default: position, node and block of a leaf', () => {
    const place = programPlace(known.program, known.model, (4n << 4n) | (1n << 2n) | 1n)
    expect(place).toEqual({ position: 4, section: 1, step: 3, node: 1, operator: 'Map', output: 'state', block: 1 })
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
