import type { Hex } from '../core/bytes.ts'
import { DeploymentFormatError } from './errors.ts'

/** Deployment parameters of spec/07 §3. Seconds unless the name says otherwise. */
export interface DeploymentParameters {
  readonly challengeWindow: number
  readonly rootWindow: number
  readonly initialClock: number
  readonly allowance: number
  readonly deliveryWindow: number
  readonly priceCapWei: bigint
  readonly tipWei: bigint
  readonly submitBondWei: bigint
}

const GWEI = 1_000_000_000n

/** The table of spec/07 §3; a test holds that page equal to it. */
export const DEPLOYMENT_PARAMETERS = {
  production: {
    challengeWindow: 86_400,
    rootWindow: 86_400,
    initialClock: 129_600,
    allowance: 14_400,
    deliveryWindow: 86_400,
    priceCapWei: 200n * GWEI,
    tipWei: 2n * GWEI,
    submitBondWei: 500_000_000n * GWEI,
  },
  local: {
    challengeWindow: 600,
    rootWindow: 600,
    initialClock: 900,
    allowance: 120,
    deliveryWindow: 600,
    priceCapWei: 200n * GWEI,
    tipWei: 2n * GWEI,
    submitBondWei: 500_000_000n * GWEI,
  },
} as const satisfies Record<string, DeploymentParameters>

/** Name of a column of the parameter table. */
export type DeploymentProfile = keyof typeof DEPLOYMENT_PARAMETERS

/** Where the contracts of one deployment are, and with which parameters they were made. */
export interface Deployment {
  readonly chainId: number
  /** No event of these contracts lies before this block. */
  readonly startBlock: bigint
  readonly registry: Hex
  /** `MachineTransition`. */
  readonly machine: Hex
  /** `GraphTransition`. */
  readonly graph: Hex
  readonly referee: Hex
  readonly tournament: Hex
  readonly market: Hex
  readonly parameters: DeploymentParameters
}

/** The deployment as a plain object for JSON: bigint values become decimal text. */
export function deploymentToJson(deployment: Deployment): Record<string, unknown> {
  const { parameters, startBlock, ...rest } = deployment
  return {
    ...rest,
    startBlock: Number(startBlock),
    parameters: {
      ...parameters,
      priceCapWei: parameters.priceCapWei.toString(),
      tipWei: parameters.tipWei.toString(),
      submitBondWei: parameters.submitBondWei.toString(),
    },
  }
}

/**
 * Reads what {@link deploymentToJson} wrote.
 *
 * @throws {DeploymentFormatError} naming the first field that is missing or malformed.
 */
export function deploymentFromJson(json: unknown): Deployment {
  const object = asObject(json, 'deployment')
  const parameters = asObject(object['parameters'], 'parameters')
  return {
    chainId: asCount(object, 'chainId'),
    startBlock: BigInt(asCount(object, 'startBlock')),
    registry: asAddress(object, 'registry'),
    machine: asAddress(object, 'machine'),
    graph: asAddress(object, 'graph'),
    referee: asAddress(object, 'referee'),
    tournament: asAddress(object, 'tournament'),
    market: asAddress(object, 'market'),
    parameters: {
      challengeWindow: asCount(parameters, 'challengeWindow'),
      rootWindow: asCount(parameters, 'rootWindow'),
      initialClock: asCount(parameters, 'initialClock'),
      allowance: asCount(parameters, 'allowance'),
      deliveryWindow: asCount(parameters, 'deliveryWindow'),
      priceCapWei: asWei(parameters, 'priceCapWei'),
      tipWei: asWei(parameters, 'tipWei'),
      submitBondWei: asWei(parameters, 'submitBondWei'),
    },
  }
}

function asObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DeploymentFormatError({ field, expected: 'an object' })
  // SAFETY: a non-null object that is no array can be read by keys.
  return value as Record<string, unknown>
}

function asCount(object: Record<string, unknown>, field: string): number {
  const value = object[field]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new DeploymentFormatError({ field, expected: 'a whole number ≥ 0' })
  return value
}

function asWei(object: Record<string, unknown>, field: string): bigint {
  const value = object[field]
  if (typeof value !== 'string' || !/^\d{1,78}$/.test(value))
    throw new DeploymentFormatError({ field, expected: 'decimal text of an amount in wei' })
  return BigInt(value)
}

function asAddress(object: Record<string, unknown>, field: string): Hex {
  const value = object[field]
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value))
    throw new DeploymentFormatError({ field, expected: 'an address of 20 bytes' })
  return value.toLowerCase() as Hex
}
