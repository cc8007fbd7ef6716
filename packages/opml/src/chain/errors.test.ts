import { describe, expect, test } from 'vitest'
import {
  ChainMovedError,
  ChainUnreachableError,
  ContractRevertError,
  DeploymentFailedError,
  DeploymentFormatError,
  DeploymentMismatchError,
  InsufficientFundsError,
  MissingContractError,
  NonceTakenError,
  PrivateKeyFormatError,
  RpcRequestError,
  TransactionStuckError,
  WrongChainError,
} from './errors.ts'

const ADDRESS = `0x${'a'.repeat(40)}`
const ERRORS = [
  new ChainUnreachableError({ method: 'eth_call', endpoint: 'http://node', attempts: 6 }),
  new WrongChainError({ expected: 1, actual: 5, endpoint: 'http://node' }),
  new MissingContractError({ contract: 'Tournament', address: ADDRESS, chainId: 1 }),
  new DeploymentMismatchError({ field: 'allowance', expected: '1', actual: '2' }),
  new InsufficientFundsError({ address: ADDRESS, neededWei: 5n, balanceWei: 3n, purpose: '"submit"' }),
  new ContractRevertError({ label: 'move', reason: 'WrongPhase', args: ['0x1', '4'], suggestion: 'Look again.' }),
  new RpcRequestError({ method: 'eth_getLogs', detail: 'too many blocks' }),
  new RpcRequestError({ method: 'read', detail: 'Cannot convert null to a BigInt', isNonsense: true }),
  new NonceTakenError({ label: 'move', nonce: 7, address: ADDRESS }),
  new TransactionStuckError({ label: 'move', nonce: 7, maxFeePerGas: 9n, waitedMs: 60_000 }),
  new ChainMovedError({ blockNumber: 12n }),
  new DeploymentFormatError({ field: 'market', expected: 'an address of 20 bytes' }),
  new PrivateKeyFormatError(),
  new DeploymentFailedError({ contract: 'Tournament' }),
]

describe('errors of the chain client', () => {
  test('error: texts, codes and what may be retried', () => {
    expect(
      ERRORS.map((e) => `${e.code}${e.retryable ? ' (retry)' : ''}: ${e.message} ${e.suggestion}`),
    ).toMatchInlineSnapshot(`
      [
        "CHAIN_UNREACHABLE (retry): The RPC endpoint http://node did not answer "eth_call" in 6 attempts. Check that the node runs and that --rpc names its address, then repeat the command.",
        "CHAIN_WRONG_ID: The RPC endpoint http://node serves chain 5, but the deployment is on chain 1. Point --rpc at the right chain, or --deployment at the file of this chain.",
        "CHAIN_MISSING_CONTRACT: There is no contract at 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa on chain 1, where the deployment names the Tournament. Check the deployment file; a restarted local chain needs "opml deploy" again.",
        "CHAIN_DEPLOYMENT_MISMATCH: The deployment says allowance = 1, the contract says 2. Use the file that was written when these contracts were deployed.",
        "CHAIN_INSUFFICIENT_FUNDS: Account 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa holds 3 wei; "submit" needs 5 wei. Send at least 2 wei to 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.",
        "CHAIN_REVERT: The chain refused "move": WrongPhase(0x1, 4). Look again.",
        "CHAIN_RPC_REFUSED: The node refused "eth_getLogs": too many blocks Check that the node supports this method and that its limits allow the request.",
        "CHAIN_RPC_REFUSED: The node gave no answer to "read" that can be read: Cannot convert null to a BigInt Check that --rpc names the JSON-RPC endpoint of an Ethereum node, and nothing else answers there.",
        "CHAIN_NONCE_TAKEN (retry): Another transaction of 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa took nonce 7, which "move" was to use. Use an account for one role only; the action will be decided anew.",
        "CHAIN_TRANSACTION_STUCK (retry): Transaction "move" (nonce 7) is not in a block after 60000 ms at 9 wei a gas. It stays recorded and is followed further; raise the fee cap if fees stay this high.",
        "CHAIN_MOVED (retry): Block 12 was replaced while its logs were read. Read again.",
        "CHAIN_DEPLOYMENT_FORMAT: The deployment's field "market" is not an address of 20 bytes. Use the file that "opml deploy" or "opml dev" wrote.",
        "CHAIN_PRIVATE_KEY_FORMAT: The private key is not 0x followed by 64 hexadecimal digits of a valid secp256k1 key. Check the key file; it holds one line.",
        "CHAIN_DEPLOYMENT_FAILED: The Tournament contract could not be created. Check the deployment parameters against their minima (spec/07 §3) and the size limit of the chain.",
      ]
    `)
  })

  test('error: names are the class names', () => {
    for (const error of ERRORS) expect(error.name).toBe(error.constructor.name)
  })
})
