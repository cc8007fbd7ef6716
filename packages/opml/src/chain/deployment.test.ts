import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Deployment } from './deployment.ts'
import { DEPLOYMENT_PARAMETERS, deploymentFromJson, deploymentToJson } from './deployment.ts'
import { DeploymentFormatError } from './errors.ts'

const ADDRESS = (digit: string) => `0x${digit.repeat(40)}` as const

const deployment: Deployment = {
  chainId: 31_337,
  startBlock: 5n,
  registry: ADDRESS('1'),
  machine: ADDRESS('2'),
  graph: ADDRESS('5'),
  referee: ADDRESS('6'),
  tournament: ADDRESS('3'),
  market: ADDRESS('4'),
  parameters: DEPLOYMENT_PARAMETERS.production,
}

/** A cell of the table in wei or seconds: `86,400`, `200 gwei`, `0.5 ether`. */
function cellValue(cell: string): string {
  const [number = '', unit = ''] = cell.replaceAll(',', '').trim().split(' ')
  if (unit === 'gwei') return (BigInt(number) * 10n ** 9n).toString()
  if (unit === 'ether') return BigInt(Number(number) * 1e18).toString()
  return number
}

describe('DEPLOYMENT_PARAMETERS', () => {
  test('vector: the table of spec/07 §3', () => {
    const page = readFileSync(new URL('../../../../spec/07-encodings.md', import.meta.url), 'utf8')
    const rows = page
      .split('\n')
      .map((line) => /^\| `(\w+)`[^|]*\| ([^|]+)\| ([^|]+)\|/.exec(line))
      .filter((row) => row !== null && (row[1] ?? '') in DEPLOYMENT_PARAMETERS.production)
    expect(rows.length).toBe(Object.keys(DEPLOYMENT_PARAMETERS.production).length)
    for (const row of rows) {
      const [, name = '', production = '', local = ''] = row ?? []
      const key = name as keyof typeof DEPLOYMENT_PARAMETERS.production
      expect([name, cellValue(production), cellValue(local)]).toEqual([
        name,
        String(DEPLOYMENT_PARAMETERS.production[key]),
        String(DEPLOYMENT_PARAMETERS.local[key]),
      ])
    }
  })
})

describe('deploymentFromJson', () => {
  test('default: reads what deploymentToJson wrote, through text', () => {
    expect(deploymentFromJson(JSON.parse(JSON.stringify(deploymentToJson(deployment))))).toEqual(deployment)
  })

  test.each([
    ['chainId', { chainId: '1' }],
    ['chainId', { chainId: -1 }],
    ['startBlock', { startBlock: 1.5 }],
    ['market', { market: '0x12' }],
    ['machine', { machine: undefined }],
    ['graph', { graph: 1 }],
    ['referee', { referee: '' }],
    ['tournament', { tournament: null }],
    ['parameters', { parameters: null }],
    ['priceCapWei', { parameters: { ...DEPLOYMENT_PARAMETERS.local, priceCapWei: 1 } }],
    ['allowance', { parameters: { ...DEPLOYMENT_PARAMETERS.local, priceCapWei: '1', allowance: 'x' } }],
  ])('error: names the field %s', (field, change) => {
    const error = (() => {
      try {
        return deploymentFromJson({ ...deploymentToJson(deployment), ...change })
      } catch (e) {
        return e
      }
    })()
    expect(error).toBeInstanceOf(DeploymentFormatError)
    expect(error).toMatchObject({ field })
  })

  test('error: no object at all', () => {
    for (const json of [null, [], 'text', 3]) expect(() => deploymentFromJson(json)).toThrow(DeploymentFormatError)
  })
})
