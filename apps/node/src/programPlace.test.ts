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
    const place = programPlace(known, (4n << 4n) | (1n << 2n) | 1n)
    const node = { node: 1, operator: 'Map', name: null, output: 'state', reads: null }
    expect(place).toEqual({ position: 4, section: 1, step: 3, ...node, block: 1 })
  })

  test('default: names of nodes count through all sections', () => {
    const nodeNames = known.program.sections.flatMap(({ nodes }, i) =>
      nodes.map((_, k) => (k === 1 ? '' : `${i}.${k}`)),
    )
    const nameAt = (position: bigint, node: bigint) =>
      programPlace({ ...known, nodeNames }, (position << 4n) | (node << 2n)).name
    expect([nameAt(0n, 0n), nameAt(3n, 0n), nameAt(3n, 1n), nameAt(7n, 0n)]).toEqual(['0.0', '1.0', null, '2.0'])
    expect([nameAt(0n, 1n), nameAt(8n, 0n)]).toEqual([null, null])
    expect(describeSubtree({ ...known, nodeNames }, { height: 0, index: 4n << 4n })).toBe(
      `step position 4, node 0 (${known.program.sections[1]?.nodes[0]?.op} "1.0"), block 0`,
    )
  })

  test('edge: past the last node, past the last position', () => {
    expect(programPlace(known, (7n << 4n) | (3n << 2n))).toMatchObject({
      section: 2,
      node: 3,
      operator: null,
    })
    expect(programPlace(known, 8n << 4n)).toMatchObject({ position: 8, section: null, step: null })
  })
})

describe('nodeTitle', () => {
  test.each([
    [null, null, 'past the end'],
    [null, 'w', 'past the end'],
    ['Conv', null, 'Conv'],
    ['Conv', 'conv1.weight', 'Conv of "conv1.weight"'],
  ])('default: %s that reads %s', (operator, reads, title) => {
    expect(nodeTitle({ operator, name: null, reads, output: null })).toBe(title)
    if (operator !== null) expect(nodeTitle({ operator, name: null, reads, output: 'y' })).toBe(`${title}, output "y"`)
  })

  test('default: the own name before that of what it reads', () => {
    expect(nodeTitle({ operator: 'Conv', name: 'conv1', reads: 'w', output: null })).toBe('Conv "conv1"')
  })

  test('edge: names that would move the cursor are shown as what they are not', () => {
    const title = nodeTitle({ operator: 'Map', name: null, reads: '\u001b[2Jw', output: 'y\u202e' })
    expect(title).toBe('Map of "\ufffd[2Jw", output "y\ufffd"')
  })

  test.each([
    [0, 0, 'start'],
    [1, 0, 'step'],
    [1, 1, null],
    [7, 0, 'scale'],
  ])('default: position %d, node %d reads %s', (position, node, name) => {
    const index = (BigInt(position) << 4n) | (BigInt(node) << 2n)
    expect(programPlace(known, index).reads).toBe(name)
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
    expect(describeSubtree(known, { height, index })).toBe(text)
  })
})
