import { describe, expect, test } from 'vitest'
import { hexToBytes } from '../core/bytes.ts'
import { inferenceMarketAbi } from './abi/inferenceMarket.gen.ts'
import { modelRegistryAbi } from './abi/modelRegistry.gen.ts'
import { tournamentAbi } from './abi/tournament.gen.ts'
import { graphTransitionBytecode } from './bytecode/graphTransition.gen.ts'
import { inferenceMarketBytecode } from './bytecode/inferenceMarket.gen.ts'
import { machineTransitionBytecode } from './bytecode/machineTransition.gen.ts'
import { modelRegistryBytecode } from './bytecode/modelRegistry.gen.ts'
import { refereeBytecode } from './bytecode/referee.gen.ts'
import { tournamentBytecode } from './bytecode/tournament.gen.ts'

type Entry = { readonly type: string; readonly name?: string; readonly stateMutability?: string }

/** Functions that can change state, in the order of the alphabet. */
const actionsOf = (abi: readonly Entry[]): string[] =>
  abi
    .filter(
      ({ type, stateMutability }) => type === 'function' && stateMutability !== 'view' && stateMutability !== 'pure',
    )
    .map(({ name = '' }) => name)
    .sort()

/** Opcodes of a contract's code; the bytes that PUSH1 to PUSH32 carry are passed over. */
function opcodesOf(code: Uint8Array): Set<number> {
  const opcodes = new Set<number>()
  for (let at = 0; at < code.length; at++) {
    const opcode = code[at] as number
    opcodes.add(opcode)
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f
  }
  return opcodes
}

const CALL = 0xf1
const CALLCODE = 0xf2
const DELEGATECALL = 0xf4
const SELFDESTRUCT = 0xff

describe('contract powers', () => {
  test('audit: owner can withdraw the pot: no action is for an owner', () => {
    // Every action is one of the game or of the market; each pays whom the rules name, whoever sends it (spec/06 §8, §9).
    expect(actionsOf(tournamentAbi)).toEqual(
      'collectVoid commit displace finishInner finishRoot firstMove joinInner joinRoot move openRoot sealCoarse sealFine sealGraph timeout withdraw'.split(
        ' ',
      ),
    )
    expect(actionsOf(inferenceMarketAbi)).toEqual(
      'appendInput callback challenge deliver refund request requestUploaded requestWithRoot resolve settle submit withdraw'.split(
        ' ',
      ),
    )
    expect(actionsOf(modelRegistryAbi)).toEqual(['register', 'registerProgram'])
  })

  test('audit: owner can withdraw the pot: no code that can be replaced or destroyed', () => {
    const codes = {
      graphTransitionBytecode,
      inferenceMarketBytecode,
      machineTransitionBytecode,
      modelRegistryBytecode,
      refereeBytecode,
      tournamentBytecode,
    }
    for (const [name, code] of Object.entries(codes)) {
      const opcodes = opcodesOf(hexToBytes(code))
      for (const opcode of [CALLCODE, DELEGATECALL, SELFDESTRUCT])
        expect(opcodes.has(opcode), `${name} 0x${opcode.toString(16)}`).toBe(false)
    }
    // The walk sees what is there: money leaves by a plain call.
    expect(opcodesOf(hexToBytes(tournamentBytecode)).has(CALL)).toBe(true)
  })
})
