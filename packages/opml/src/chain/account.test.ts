import { encodeAbiParameters, keccak256, stringToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { accountFromPrivateKey, developmentPrivateKey } from './account.ts'

const WORD = (digit: string) => `0x${digit.repeat(64)}` as const
const game = { tournamentId: WORD('a'), root: WORD('b') }

describe('commitSalt', () => {
  test('default: the derivation of SECURITY.md, by the EVM encoder', () => {
    const words = (...values: `0x${string}`[]) =>
      keccak256(
        encodeAbiParameters(
          values.map(() => ({ type: 'bytes32' })),
          values,
        ),
      )
    const key = developmentPrivateKey(3)
    const secret = words(keccak256(stringToHex('opml.commitment.secret.1')), key)
    const account = accountFromPrivateKey(key)
    expect(account.commitSalt(game)).toBe(words(secret, game.tournamentId, game.root))
    // The key's letters may be of either case.
    expect(accountFromPrivateKey(`0x${key.slice(2).toUpperCase()}`).commitSalt(game)).toBe(account.commitSalt(game))
  })

  test('property: another key, tournament or root gives another salt', () => {
    const account = accountFromPrivateKey(developmentPrivateKey(0))
    const salts = [
      account.commitSalt(game),
      account.commitSalt({ ...game, tournamentId: WORD('c') }),
      account.commitSalt({ ...game, root: WORD('c') }),
      accountFromPrivateKey(developmentPrivateKey(1)).commitSalt(game),
    ]
    expect(new Set(salts).size).toBe(salts.length)
  })

  test('property: neither key nor secret is a field of the account', () => {
    const key = developmentPrivateKey(0)
    expect(JSON.stringify(accountFromPrivateKey(key))).not.toContain(key.slice(2))
  })
})
