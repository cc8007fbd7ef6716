import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesToHex } from 'opml/core'
import { splitTensors, tensorListBytes } from 'opml/graph'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import { programResult } from 'opml/trace'
import { parseFaultSpec } from './faultSpec.ts'
import { LyingProgramTrace } from './lyingProgramTrace.ts'
import type { KnownProgramModel } from './modelLibrary.ts'
import { liedRun } from './programLiar.ts'
import { programPlace } from './programPlace.ts'
import { ProgramRuns } from './programRuns.ts'
import { exampleModel } from './testing/exampleModel.ts'
import { programTraceOf } from './workbench.ts'

let model: KnownProgramModel
let inputs: readonly Uint8Array[]
const runs = new ProgramRuns()

beforeAll(async () => {
  ;({ model, inputs } = await exampleModel())
})

afterAll(() => runs.close())

/** Copies of all outputs of a tapped run, by place. */
async function historyOf(run: ProgramRun | ReplayableRun): Promise<Map<string, Uint8Array>> {
  if (typeof run !== 'function') throw new TypeError('The run has no tap.')
  const outputs = new Map<string, Uint8Array>()
  await run(({ position, node, bytes }) => outputs.set(`${position} ${node}`, bytes.slice()))
  return outputs
}

/** Position, node and block of the first leaf at which the history with the fault is another than the honest one. */
async function located(spec: string): Promise<string> {
  const { run, machineLie } = await liedRun(parseFaultSpec(spec), { model, inputs, runs })
  const lying = new LyingProgramTrace(model, { inputs, run, machineLie })
  const honest = programTraceOf(model, { inputs, run: runs.traced(model, inputs) })
  let index = 0n
  for (let { height } = honest; height > 0; height--) {
    const [a, b] = [await lying.descendants({ height, index }, 1), await honest.descendants({ height, index }, 1)]
    index = 2n * index + (a[0] === b[0] ? 1n : 0n)
  }
  const place = programPlace(model, index)
  return `${place.position} ${place.node} ${place.block}`
}

// Positions: 0 is section 0; 1 to 6 are the body, which halts in step 3, at position 4; 7 is section 2.
describe('liedRun', () => {
  test.each([
    ['block:0', '0 0 0'],
    ['block:1:1:1', '2 0 1'],
    ['block:1:0:2', '3 0 0'],
    ['block:2:0:3', '4 1 0'],
    ['operand:1:b', '1 0 0'],
    ['operand:4:b', '7 0 0'],
    ['garbage:0', '7 0 2'],
    ['garbage:1', '1 1 2'],
    ['halt:early', '4 0 0'],
    ['halt:late', '5 0 0'],
    ['weight:0:6', '1 0 0'],
    ['weight:1', '7 0 0'],
    ['vm:bad', '1 1 0'],
    ['vm:right', '1 1 0'],
  ])('default: the history of %s is another from position, node and block %s on', async (spec, place) => {
    expect(await located(spec)).toBe(place)
  })

  test('default: what follows a wrong block is computed from it', async () => {
    const honest = await historyOf(runs.tapped(model, inputs))
    const { run } = await liedRun(parseFaultSpec('block:1:1:1'), { model, inputs, runs })
    const lied = await historyOf(run)
    // Element 32 of %0 grows by the same step from then on, so the changed bit stays.
    const word = (bytes: Uint8Array = new Uint8Array(132)) => new DataView(bytes.slice().buffer).getInt32(128, true)
    for (const [place, change] of [
      ['1 0', 0],
      ['2 0', 0x4000_0000],
      ['3 0', 0x4000_0000],
    ] as const)
      expect(word(lied.get(place)) ^ word(honest.get(place))).toBe(change)
  })

  test('default: the posted outputs are those of the history, and another result than the truth', async () => {
    const truth = programResult(await runs.outputs(model, inputs), model.model.blockHeight)
    for (const spec of ['weight', 'block:0', 'operand:1:b', 'halt:early', 'halt:late', 'vm:bad', 'vm:right']) {
      const { run, outputs, machineLie } = await liedRun(parseFaultSpec(spec), { model, inputs, runs })
      const trace = new LyingProgramTrace(model, { inputs, run, machineLie })
      const result = bytesToHex(programResult(outputs, model.model.blockHeight))
      expect([spec, await trace.outcome()]).toEqual([spec, result])
      expect(result).not.toBe(bytesToHex(truth))
    }
  })

  test('default: a posted output that the own history does not prove', async () => {
    const { run, outputs, isSilent } = await liedRun({ kind: 'output' }, { model, inputs, runs })
    const trace = programTraceOf(model, { inputs, run })
    expect(isSilent).toBe(true)
    expect(bytesToHex(programResult(outputs, model.model.blockHeight))).not.toBe(await trace.outcome())
  })

  test.each([
    'weight:9',
    'weight:2',
    'weight:0:99999',
    'block:6',
    'block:0:2',
    'block:1:0:6',
    'operand:0:b',
    'garbage:2',
  ])('error: %s is nowhere, or changes nothing', async (spec) => {
    await expect(liedRun(parseFaultSpec(spec), { model, inputs, runs })).rejects.toMatchObject({
      code: 'NODE_FAULT_NOT_FOUND',
    })
  })
})

describe('LyingProgramTrace', () => {
  test('default: the machine comes to the block of the history, right or wrong', async () => {
    const { run, machineLie } = await liedRun(parseFaultSpec('block:1:1:1'), { model, inputs, runs })
    const lying = new LyingProgramTrace(model, { inputs, run, machineLie })
    const honest = programTraceOf(model, { inputs, run: runs.traced(model, inputs) })
    // Position 2, node 0, block 1.
    for (const trace of [lying, honest]) {
      const inner = await trace.inner(33n)
      expect(await inner?.outcome()).toBe((await trace.descendants({ height: 0, index: 33n }, 0))[0])
    }
    expect(await (await lying.inner(33n))?.outcome()).not.toBe(await (await honest.inner(33n))?.outcome())
    // Block 0 is right in both histories.
    expect(await (await lying.inner(32n))?.root()).toBe(await (await honest.inner(32n))?.root())
  })

  test('default: a stranger comes to the right block on a wrong way', async () => {
    const run = runs.traced(model, inputs)
    const stranger = new LyingProgramTrace(model, { inputs, run, machineLie: 'on the way' })
    const honest = programTraceOf(model, { inputs, run })
    const [wrong, right] = [await stranger.inner(33n), await honest.inner(33n)]
    expect(await stranger.root()).toBe(await honest.root())
    expect(await wrong?.outcome()).toBe(await right?.outcome())
    expect(await wrong?.root()).not.toBe(await right?.root())
  })
})

describe('posted tensors', () => {
  test('default: outputs one after the other', async () => {
    const outputs = await runs.outputs(model, inputs)
    const joined = new Uint8Array(tensorListBytes(model.program.outputs))
    let at = 0
    for (const bytes of outputs) {
      joined.set(bytes, at)
      at += bytes.length
    }
    expect(splitTensors(joined, model.program.outputs)).toEqual(outputs)
  })
})
