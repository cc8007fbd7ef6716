import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import type { HDKey, PrivateKeyAccount } from 'viem/accounts'
import { toHex } from 'viem'
import type { Bytes32, Hex } from '../core/bytes.ts'
import { hashText, hashWords } from '../dispute/words.ts'
import { PrivateKeyFormatError } from './errors.ts'

/** An account that signs locally. */
export type ChainAccount = PrivateKeyAccount & {
  /**
   * The salt of this account's commitment to `root` in a tournament: always the same one, so that no crash can lose it, and unlike any
   * other, so that one that was shown tells nothing about the rest or about the key.
   *
   * @see SECURITY.md, "Commitments before a join"
   */
  commitSalt(p: { tournamentId: Bytes32; root: Bytes32 }): Bytes32
}

const SECRET_TAG = hashText('opml.commitment.secret.1')

/**
 * The account of a private key (0x and 64 hexadecimal digits).
 *
 * @throws {PrivateKeyFormatError} when the text is no key; the text itself is never repeated.
 */
export function accountFromPrivateKey(privateKey: string): ChainAccount {
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw new PrivateKeyFormatError()
  const account = signerOf(privateKey as Hex)
  // The key is hashed once, with a constant; what is shown in a game is a hash of that hash.
  const secret = hashWords(SECRET_TAG, privateKey as Hex)
  return { ...account, commitSalt: ({ tournamentId, root }) => hashWords(secret, tournamentId, root) }
}

function signerOf(privateKey: Hex): PrivateKeyAccount {
  try {
    return privateKeyToAccount(privateKey)
  } catch {
    throw new PrivateKeyFormatError()
  }
}

/** The mnemonic that every local development chain funds; public, worthless anywhere else. */
const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk'

/** Parent of the development keys; stretching the words takes long enough to do it once. */
let developmentParent: HDKey | undefined

/** Private key number `index` (from 0) of the public development mnemonic that anvil funds at its start. */
export function developmentPrivateKey(index: number): Hex {
  developmentParent ??= mnemonicToAccount(DEVELOPMENT_MNEMONIC, { path: "m/44'/60'/0'/0" }).getHdKey()
  const { privateKey } = developmentParent.deriveChild(index)
  if (privateKey === null || privateKey === undefined) throw new PrivateKeyFormatError()
  return toHex(privateKey)
}
