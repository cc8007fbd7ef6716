import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FUSED } from '../conformance/writtenOutCases.ts'
import { runCli } from './runCli.ts'

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'opml-written-out-'))
})

afterAll(() => rm(cwd, { recursive: true, force: true }))

test.each([
  ['layer normalisation by Pow and Div', 'Normalize'],
  ['softmax along another dimension', 'Softmax'],
  ['batch normalisation behind a convolution', 'Conv'],
])('story: a lie about a block of %s is judged on the chain', async (name, operator) => {
  const { model, inputs } = FUSED[name] as (typeof FUSED)[string]
  await writeFile(join(cwd, 'model.onnx'), model)
  const [input] = inputs
  await writeFile(join(cwd, 'x.raw'), input?.bytes as Uint8Array)
  const imported = await runCli(['import', 'model.onnx', '--out', `${operator}.opml`, '--json'], cwd)
  expect(imported.exitCode).toBe(0)
  const args = ['dispute', `${operator}.opml`, '--input', `${input?.name}=x.raw`, '--fault', 'block:0:1', '--json']
  const { exitCode, stdout } = await runCli(args, cwd)
  const report = JSON.parse(stdout)
  expect([exitCode, report.honestResultWon]).toEqual([0, true])
  expect(report.located).toMatchObject({ node: 0, block: 1 })
  expect(report.decidedBy.level).toBe('instruction')
  expect(report.located.machineSteps).toBeGreaterThan(0)
})
