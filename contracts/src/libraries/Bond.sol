// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";
import {MAX_COARSE_HEIGHT, MAX_FINE_HEIGHT} from "../types/Machine.sol";
import {MAX_GRAPH_HEIGHT, MAX_WORDS} from "../types/Program.sol";
import {Kinds} from "./Kinds.sol";

/// @title Bonds and refunds
/// @notice Gas table and formulas of spec/06-dispute.md §8 and §10. Money inside the game is counted in gwei.
library Bond {
    /// @notice Wei in a gwei.
    uint256 internal constant GWEI = 1e9;

    /// @notice Greatest bond in gwei: what 36 bits hold (`Claim`, `Match`).
    uint256 internal constant MAX_GWEI = 2 ** 36 - 1;

    // Gas budgets of whole transactions. Those of `openRoot`, joins that prove something, `sealFine` and `sealGraph` grow with the tree or
    // with the evidence: `provenGas`, `deepGas`, `wordsGas`.
    uint256 internal constant OPEN_GAS = 300_000;
    uint256 internal constant JOIN_GAS = 130_000;
    uint256 internal constant JOIN_PROVEN_GAS = 210_000;
    uint256 internal constant MOVE_GAS = 65_000;
    uint256 internal constant FIRST_MOVE_GAS = 90_000;
    uint256 internal constant SEAL_COARSE_GAS = 250_000;
    uint256 internal constant SEAL_FINE_GAS = 210_000;
    uint256 internal constant SEAL_GRAPH_GAS = 280_000;
    uint256 internal constant END_GAS = 130_000;
    uint256 internal constant END_PAIRED_GAS = 190_000;

    /// @dev A level's share in a proof along the tree: one word of calldata and its hash.
    uint256 private constant LEVEL_GAS = 700;
    /// @dev Height up to which the table holds as it is.
    uint256 private constant TABLE_HEIGHT = 12;
    /// @dev Calldata, copies and hash of one word of evidence about a tensor program.
    uint256 private constant EVIDENCE_WORD_GAS = 1_300;
    /// @dev Words of evidence for which the table holds as it is.
    uint256 private constant TABLE_WORDS = 24;

    // What a transaction costs before and beside its execution (EIP-7623: a zero byte is one token, another four).
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant TOKEN_GAS = 4;
    uint256 private constant FLOOR_TOKEN_GAS = 10;

    /// @dev A word of 32 non-zero bytes.
    uint256 private constant WORD_TOKENS = 128;
    uint256 private constant ZERO_WORD_TOKENS = 32;
    /// @dev An offset, a length, an index or a flag: two non-zero bytes.
    uint256 private constant SMALL_TOKENS = 38;
    uint256 private constant SELECTOR_TOKENS = 16;

    // Tokens that the ABI encoding of an action needs: selector, then words, then small words.
    uint256 internal constant TIMEOUT_TOKENS = SELECTOR_TOKENS + 5 * WORD_TOKENS;
    uint256 internal constant FINISH_INNER_TOKENS = SELECTOR_TOKENS + 11 * WORD_TOKENS;
    uint256 internal constant FINISH_ROOT_TOKENS = SELECTOR_TOKENS + 3 * WORD_TOKENS;
    /// @dev The five words of a match's key in the place of its id.
    uint256 internal constant FIRST_MOVE_TOKENS = 4 * WORD_TOKENS;
    uint256 private constant MOVE_TOKENS = SELECTOR_TOKENS + 2 * WORD_TOKENS + 5 * SMALL_TOKENS;
    uint256 private constant SEAL_TOKENS = SELECTOR_TOKENS + 7 * WORD_TOKENS + 4 * SMALL_TOKENS;
    uint256 private constant WITNESS_TOKENS = 2 * SMALL_TOKENS;
    uint256 private constant SEAL_GRAPH_TOKENS = SELECTOR_TOKENS + 7 * WORD_TOKENS + 3 * SMALL_TOKENS;
    /// @dev `challenge` and `joinRoot` name a task or a tournament, `joinInner` its origin and two leaves.
    uint256 internal constant JOIN_ROOT_TOKENS = SELECTOR_TOKENS + 3 * WORD_TOKENS + 7 * SMALL_TOKENS;
    uint256 internal constant JOIN_INNER_TOKENS = SELECTOR_TOKENS + 7 * WORD_TOKENS + 7 * SMALL_TOKENS;

    /// @notice Number of moves from the root of a tree of `_height` to its leaves.
    function numMoves(uint256 _height) internal pure returns (uint256 numMoves_) {
        numMoves_ = (_height + 3) / 4;
    }

    /// @notice Gas that one claim's bond pays for in the worst case: everything that one match can need, both sides, and where a
    /// leaf opens an inner game the survivor's join there and the end of it, which no inner loser pays for.
    /// @param _words Words of evidence of a graph, else 0.
    function bondGas(uint256 _kind, uint256 _height, uint256 _words) internal pure returns (uint256 gas_) {
        gas_ = numMoves(_height) * MOVE_GAS + END_PAIRED_GAS;
        if (_height != 0) gas_ += FIRST_MOVE_GAS - MOVE_GAS;
        if (Kinds.isRoot(_kind)) gas_ += OPEN_GAS + JOIN_PROVEN_GAS;
        else gas_ += 2 * JOIN_PROVEN_GAS;
        gas_ += 2 * provenGas(_kind, _height, _words);
        if (_kind == Kinds.FINE) {
            gas_ += SEAL_FINE_GAS + deepGas(_height);
        } else if (_kind == Kinds.GRAPH) {
            gas_ += SEAL_GRAPH_GAS + wordsGas(_words);
            gas_ += JOIN_PROVEN_GAS + deepGas(MAX_COARSE_HEIGHT) + END_PAIRED_GAS;
        } else {
            uint256 sealFineGas = SEAL_FINE_GAS + deepGas(_height);
            gas_ += SEAL_COARSE_GAS > sealFineGas ? SEAL_COARSE_GAS : sealFineGas;
            gas_ += JOIN_PROVEN_GAS + END_PAIRED_GAS;
        }
    }

    /// @notice The bond of a tournament in gwei, rounded up.
    function bondGwei(uint256 _kind, uint256 _height, uint256 _words, uint256 _priceCapWei)
        internal
        pure
        returns (uint256 gwei_)
    {
        gwei_ = (bondGas(_kind, _height, _words) * _priceCapWei + GWEI - 1) / GWEI;
    }

    /// @notice The greatest bond of all registrable models, in gas.
    function maxBondGas() internal pure returns (uint256 gas_) {
        gas_ = bondGas(Kinds.GRAPH, MAX_GRAPH_HEIGHT, MAX_WORDS);
        gas_ = greater(gas_, bondGas(Kinds.COARSE, MAX_COARSE_HEIGHT, 0));
        gas_ = greater(gas_, bondGas(Kinds.BLOCK, MAX_COARSE_HEIGHT, 0));
        gas_ = greater(gas_, bondGas(Kinds.FINE, MAX_FINE_HEIGHT, 0));
    }

    /// @notice What `sealFine` and joins with a machine's final state may use beyond their budgets in a tree of `_height`.
    function deepGas(uint256 _height) internal pure returns (uint256 gas_) {
        if (_height > TABLE_HEIGHT) gas_ = (_height - TABLE_HEIGHT) * LEVEL_GAS;
    }

    /// @notice What seals of a graph and joins to it may use beyond their budgets for so many words of evidence.
    function wordsGas(uint256 _words) internal pure returns (uint256 gas_) {
        if (_words > TABLE_WORDS) gas_ = (_words - TABLE_WORDS) * EVIDENCE_WORD_GAS;
    }

    /// @notice What a join of a kind may use beyond its budget, for what it proves.
    function provenGas(uint256 _kind, uint256 _height, uint256 _words) internal pure returns (uint256 gas_) {
        if (_kind == Kinds.GRAPH) gas_ = wordsGas(_words);
        else if (_kind != Kinds.FINE) gas_ = deepGas(_height);
    }

    /// @notice Budget of a join that makes no match; the first of a root is the market's challenge.
    function joinGas(uint256 _kind, uint256 _height, uint256 _words) internal pure returns (uint256 gas_) {
        gas_ = _kind == Kinds.FINE ? JOIN_GAS : JOIN_PROVEN_GAS + provenGas(_kind, _height, _words);
    }

    /// @notice Most that a root survivor's bond can lack over all registrable models: what a first claim that nobody met was refunded.
    function lonelyGas() internal pure returns (uint256 gas_) {
        gas_ = OPEN_GAS + greater(deepGas(MAX_COARSE_HEIGHT), wordsGas(MAX_WORDS)) + END_GAS;
    }

    /// @notice Gas of a whole transaction: the greater of calldata with execution, and the calldata floor.
    /// @param _tokens Calldata in tokens.
    function transactionGas(uint256 _tokens, uint256 _executedGas) internal pure returns (uint256 gas_) {
        unchecked {
            gas_ = _tokens * TOKEN_GAS + _executedGas;
            uint256 floor = _tokens * FLOOR_TOKEN_GAS;
            gas_ = TRANSACTION_GAS + (gas_ < floor ? floor : gas_);
        }
    }

    /// @notice Tokens of a move with so many words in its lists.
    function moveTokens(uint256 _numWords) internal pure returns (uint256 tokens_) {
        unchecked {
            tokens_ = MOVE_TOKENS + _numWords * WORD_TOKENS;
        }
    }

    /// @notice Tokens of a join's lists and evidence, beside those of the call that it is in.
    function joinTokens(ITournament.JoinData calldata _join) internal pure returns (uint256 tokens_) {
        tokens_ = (_join.opened.length + _join.lastLeafSiblings.length) * WORD_TOKENS + bytesTokens(_join.evidence);
    }

    /// @notice Tokens of `sealCoarse`, of whose siblings so many were read.
    function sealCoarseTokens(uint256 _kind, uint256 _index, uint256 _numSiblings)
        internal
        pure
        returns (uint256 tokens_)
    {
        // In a root tournament the three words of the origin are not read.
        tokens_ = SEAL_TOKENS + 3 * (Kinds.isRoot(_kind) ? ZERO_WORD_TOKENS : WORD_TOKENS);
        tokens_ += _numSiblings * WORD_TOKENS;
        // Before leaf 0 the state hash is not read; the word is zero.
        tokens_ += _index == 0 ? ZERO_WORD_TOKENS : WORD_TOKENS;
    }

    /// @notice Tokens of `sealFine`.
    function sealFineTokens(uint256 _kind, uint256 _index, uint256 _numSiblings, bytes calldata _witness)
        internal
        pure
        returns (uint256 tokens_)
    {
        tokens_ = sealCoarseTokens(_kind, _index, _numSiblings) + WITNESS_TOKENS + bytesTokens(_witness);
    }

    /// @notice Tokens of `sealGraph`.
    function sealGraphTokens(bytes calldata _evidence) internal pure returns (uint256 tokens_) {
        tokens_ = SEAL_GRAPH_TOKENS + bytesTokens(_evidence);
    }

    function greater(uint256 _a, uint256 _b) private pure returns (uint256 greater_) {
        greater_ = _a > _b ? _a : _b;
    }

    /// @dev Bytes of proofs, whose lengths are multiples of 32; counted as non-zero.
    function bytesTokens(bytes calldata _bytes) private pure returns (uint256 tokens_) {
        tokens_ = _bytes.length * 4;
    }

    /// @notice Moves up to `_wantedGwei` out of a balance.
    function take(uint256 _balanceGwei, uint256 _wantedGwei) internal pure returns (uint256 left_, uint256 taken_) {
        taken_ = _wantedGwei < _balanceGwei ? _wantedGwei : _balanceGwei;
        left_ = _balanceGwei - taken_;
    }
}
