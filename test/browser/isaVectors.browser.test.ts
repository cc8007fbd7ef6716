import { bytesToHex, hexToBytes } from 'opml/core'
import { Interpreter, ISA, type Machine, replayStep, Translator } from 'opml/vm'
import { readJson } from './page/host.ts'
import { type StepImage, StepSetup, type StepVector } from './page/stepVector.ts'
import { describe, expect, test } from './page/testApi.ts'

/** Enough for the translator to take compiled code, and to come back. */
const STEPS = 1000

async function readVectors(file: string): Promise<readonly StepVector[]> {
  const path = `vectors/isa/${file}.json`
  const { format, vectors } = await readJson<{ format: string; vectors: readonly StepVector[] }>(path)
  expect(format).toBe('opml.isa.1')
  expect(vectors.length).toBeGreaterThanOrEqual(20)
  return vectors
}

function replayed({ prestateHash, witness, codeRoot, codeEnd }: StepVector): string {
  const given = { prestateHash: hexToBytes(prestateHash), witness: hexToBytes(witness), codeRoot: hexToBytes(codeRoot) }
  return bytesToHex(replayStep({ ...given, codeEnd }))
}

/** State hash after the step in an interpreter, and where it leads. */
function interpreted(setup: StepSetup): { hash: string; pc: number } {
  const machine = setup.machine((image) => new Interpreter(image))
  machine.run(1)
  return { hash: setup.hash(machine), pc: machine.registers[0] ?? 0 }
}

/**
 * State hash after many steps, the first of them the vector's: the next one is a jump to itself at `pc`, where the first must
 * lead, or a trap.
 */
function after(setup: StepSetup, pc: number, make: (image: StepImage) => Machine): string {
  const machine = setup.machine(make, pc)
  machine.run(STEPS)
  return setup.hash(machine)
}

describe.each([...ISA.map(({ mnemonic }) => mnemonic), 'traps', 'unknown'])('vector: isa/%s.json', (file) => {
  test('replayed, interpreted and translated, every step leads to the state of the oracle', async () => {
    const wrong: string[] = []
    for (const vector of await readVectors(file)) {
      const setup = new StepSetup(vector)
      const { hash, pc } = interpreted(setup)
      if (replayed(vector) !== vector.poststateHash) wrong.push(`${vector.name}, replayed`)
      if (hash !== vector.poststateHash) wrong.push(`${vector.name}, interpreted`)
      const expected = after(setup, pc, (image) => new Interpreter(image))
      const actual = after(setup, pc, (image) => new Translator(image, { hotThreshold: 0 }))
      if (actual !== expected) wrong.push(`${vector.name}, translated`)
    }
    expect(wrong).toEqual([])
  })
})
