import { expect, test } from 'vitest'
import { KIND } from '../kinds.ts'
import { PROGRAM_STORIES, STORY_POSITIONS, THREE_PHASES, TWO_PHASES, playable } from './programStories.ts'
import { placeOf } from './toyModel.ts'
import { haltedAt, isHaltLeaf, isPadding, programOf, runToyProgram } from './toyProgramRun.ts'
import { playScenario } from './scenario.ts'
import { TOY_INPUT_ROOT, leafAt, toyWorld } from './toyWorld.ts'

const { halting, afterHalt, bodyLast } = STORY_POSITIONS

test.each([THREE_PHASES, TWO_PHASES])('default: the body halts after its third step in model %#', (model) => {
  const { leaves } = runToyProgram(model, TOY_INPUT_ROOT)
  const positions = Array.from({ length: 8 }, (_, position) => position)
  const halted = positions.filter((position) => haltedAt(programOf(model), position, leaves))
  expect(halted).toEqual([afterHalt, bodyLast])
})

test('default: the false halt words halt, or hide the halt, as their stories say', () => {
  const halts = (name: string): boolean => {
    const story = PROGRAM_STORIES.find((one) => one.name === name)
    if (story === undefined) throw new RangeError(`No story "${name}".`)
    return isHaltLeaf(toyWorld(THREE_PHASES).lying(story.lie).leaves()[story.leaf] ?? '0x')
  }
  expect(halts('setsTheHaltWordTooEarly')).toBe(true)
  expect(halts('hidesTheHalt')).toBe(false)
})

test('default: after the halt each block repeats that of the step before, behind every end it is zero', () => {
  const { leaves } = runToyProgram(THREE_PHASES, TOY_INPUT_ROOT)
  const program = programOf(THREE_PHASES)
  const first = leafAt(THREE_PHASES, halting, 0)
  const perStep = leafAt(THREE_PHASES, 1, 0)
  for (let i = 0; i < perStep; i++) {
    expect(leaves[first + perStep + i]).toBe(leaves[first + i])
    expect(leaves[first + 2 * perStep + i]).toBe(leaves[first + i])
  }
  const computed = new Set(leaves.filter((_, index) => !isPadding(program, placeOf(program, index))))
  const padding = new Set(leaves.filter((_, index) => isPadding(program, placeOf(program, index))))
  expect(padding.size).toBe(1)
  // 1 + 2 blocks in the first section and in the last, 1 + 2 + 1 in each of three steps of the body.
  expect(computed.size).toBe(3 + 3 * 4 + 3)
})

test.each(
  [THREE_PHASES, TWO_PHASES].flatMap((model) =>
    PROGRAM_STORIES.map((story) => [story.name, model.fineHeight, story, model] as const),
  ),
)('story: %s (fine height %i) ends at its leaf, by what must decide it', async (_name, _fine, story, model) => {
  const report = await playScenario(playable(story, model))
  expect(report.survivorId).toBe(report.trueClaimId)
  expect(report.located.filter(({ kind }) => kind === KIND.graph).map(({ found }) => found)).toEqual([story.leaf])
  const kinds = report.arena.played.flatMap(({ events }) => events.map(({ kind }) => kind))
  expect(kinds.includes('Judged')).toBe(story.decidedBy === 'rule')
  expect(kinds.includes('InnerOpened')).toBe(story.decidedBy === 'machine')
})
