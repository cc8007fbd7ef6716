// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";

/// @title Bonds and refunds
/// @notice Gas table and formulas of spec/06-dispute.md §8 and §10. Money inside the game is counted in gwei.
library Bond {
    /// @notice Wei in a gwei.
    uint256 internal constant GWEI = 1e9;

    /// @notice Greatest bond in gwei: what 36 bits hold (`Claim`, `Match`).
    uint256 internal constant MAX_GWEI = 2 ** 36 - 1;

    // Gas budgets of whole transactions. Those of `openRoot`, `joinRoot` and `sealFine` grow with the tree: `deepGas`.
    uint256 internal constant OPEN_GAS = 270_000;
    uint256 internal constant JOIN_GAS = 130_000;
    uint256 internal constant JOIN_PROVEN_GAS = 190_000;
    uint256 internal constant MOVE_GAS = 65_000;
    uint256 internal constant SEAL_COARSE_GAS = 250_000;
    uint256 internal constant SEAL_FINE_GAS = 210_000;
    uint256 internal constant END_GAS = 130_000;
    uint256 internal constant END_PAIRED_GAS = 190_000;

    /// @dev A level's share in a proof along the tree: one word of calldata and its hash.
    uint256 private constant LEVEL_GAS = 700;
    /// @dev Height up to which the table holds as it is.
    uint256 private constant TABLE_HEIGHT = 12;

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
    uint256 internal constant FINISH_INNER_TOKENS = SELECTOR_TOKENS + 9 * WORD_TOKENS;
    uint256 internal constant FINISH_ROOT_TOKENS = SELECTOR_TOKENS + 3 * WORD_TOKENS;
    uint256 private constant MOVE_TOKENS = SELECTOR_TOKENS + 2 * WORD_TOKENS + 5 * SMALL_TOKENS;
    uint256 private constant SEAL_TOKENS = SELECTOR_TOKENS + 7 * WORD_TOKENS + 4 * SMALL_TOKENS;
    uint256 private constant WITNESS_TOKENS = 2 * SMALL_TOKENS;
    /// @dev `challenge` and `joinRoot` name a task or a tournament, `joinInner` a match and its two leaves.
    uint256 private constant JOIN_ROOT_TOKENS = SELECTOR_TOKENS + 3 * WORD_TOKENS + 7 * SMALL_TOKENS;
    uint256 private constant JOIN_INNER_TOKENS = SELECTOR_TOKENS + 9 * WORD_TOKENS + 7 * SMALL_TOKENS;

    /// @notice Number of moves from the root of a tree of `_height` to its leaves.
    function numMoves(uint256 _height) internal pure returns (uint256 numMoves_) {
        numMoves_ = (_height + 3) / 4;
    }

    /// @notice Gas that one claim's bond pays for in the worst case: everything that one match can need, both sides.
    function bondGas(uint256 _level, uint256 _height) internal pure returns (uint256 gas_) {
        gas_ = numMoves(_height) * MOVE_GAS + END_PAIRED_GAS;
        if (_level == 0) {
            gas_ += OPEN_GAS + JOIN_PROVEN_GAS + 2 * deepGas(_height) + SEAL_COARSE_GAS;
            // The inner survivor's join and the end of the inner game, where no inner loser pays for them.
            gas_ += JOIN_PROVEN_GAS + END_PAIRED_GAS;
        } else {
            gas_ += 2 * JOIN_PROVEN_GAS + SEAL_FINE_GAS + deepGas(_height);
        }
    }

    /// @notice The bond of a level in gwei, rounded up.
    function bondGwei(uint256 _level, uint256 _height, uint256 _priceCapWei) internal pure returns (uint256 gwei_) {
        gwei_ = (bondGas(_level, _height) * _priceCapWei + GWEI - 1) / GWEI;
    }

    /// @notice What `openRoot`, `joinRoot` and `sealFine` may use beyond their budgets in a tree of `_height`.
    function deepGas(uint256 _height) internal pure returns (uint256 gas_) {
        if (_height > TABLE_HEIGHT) gas_ = (_height - TABLE_HEIGHT) * LEVEL_GAS;
    }

    /// @notice Most that a root survivor's bond can lack: what a first claim that nobody met was refunded.
    function lonelyGas(uint256 _height) internal pure returns (uint256 gas_) {
        gas_ = OPEN_GAS + deepGas(_height) + END_GAS;
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

    /// @notice Tokens of a join of a level, as its sender encodes it: at the root, of the market's `challenge` too.
    function joinTokens(uint256 _level, ITournament.JoinData calldata _join) internal pure returns (uint256 tokens_) {
        tokens_ = _level == 0 ? JOIN_ROOT_TOKENS : JOIN_INNER_TOKENS;
        tokens_ += (_join.opened.length + _join.lastLeafSiblings.length) * WORD_TOKENS + bytesTokens(_join.evidence);
    }

    /// @notice Tokens of `sealCoarse`, whose siblings have been checked.
    function sealCoarseTokens(uint256 _index, uint256 _numSiblings) internal pure returns (uint256 tokens_) {
        tokens_ = SEAL_TOKENS + _numSiblings * WORD_TOKENS;
        // Before leaf 0 the state hash is not read; the word is zero.
        tokens_ += _index == 0 ? ZERO_WORD_TOKENS : WORD_TOKENS;
    }

    /// @notice Tokens of `sealFine`; before leaf 0 there are no siblings to be read.
    function sealFineTokens(uint256 _index, uint256 _height, bytes calldata _witness)
        internal
        pure
        returns (uint256 tokens_)
    {
        uint256 numSiblings = _index == 0 ? 0 : _height;
        tokens_ = sealCoarseTokens(_index, numSiblings) + WITNESS_TOKENS + bytesTokens(_witness);
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
