// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Bonds and refunds
/// @notice Gas table and formulas of spec/06-dispute.md §8 and §10. Money inside the game is counted in gwei.
library Bond {
    /// @notice Wei in a gwei.
    uint256 internal constant GWEI = 1e9;

    /// @notice Greatest bond in gwei: what 36 bits hold (`Claim`, `Match`).
    uint256 internal constant MAX_GWEI = 2 ** 36 - 1;

    // Gas budgets of whole transactions.
    uint256 internal constant OPEN_GAS = 270_000;
    uint256 internal constant JOIN_GAS = 130_000;
    uint256 internal constant JOIN_PROVEN_GAS = 190_000;
    uint256 internal constant MOVE_GAS = 65_000;
    uint256 internal constant SEAL_COARSE_GAS = 250_000;
    uint256 internal constant SEAL_FINE_GAS = 200_000;
    uint256 internal constant END_GAS = 130_000;
    uint256 internal constant END_PAIRED_GAS = 190_000;

    // What a transaction costs before and beside its execution.
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant CALLDATA_BYTE_GAS = 16;
    uint256 private constant CALLDATA_FLOOR_BYTE_GAS = 40;

    /// @notice Number of moves from the root of a tree of `_height` to its leaves.
    function numMoves(uint256 _height) internal pure returns (uint256 numMoves_) {
        numMoves_ = (_height + 3) / 4;
    }

    /// @notice Gas that one claim's bond pays for in the worst case: everything that one match can need, both sides.
    function bondGas(uint256 _level, uint256 _height) internal pure returns (uint256 gas_) {
        gas_ = numMoves(_height) * MOVE_GAS + END_PAIRED_GAS;
        if (_level == 0) {
            gas_ += OPEN_GAS + JOIN_PROVEN_GAS + SEAL_COARSE_GAS;
            // The inner survivor's join and the end of the inner game, where no inner loser pays for them.
            gas_ += JOIN_PROVEN_GAS + END_PAIRED_GAS;
        } else {
            gas_ += 2 * JOIN_PROVEN_GAS + SEAL_FINE_GAS;
        }
    }

    /// @notice The bond of a level in gwei, rounded up.
    function bondGwei(uint256 _level, uint256 _height, uint256 _priceCapWei) internal pure returns (uint256 gwei_) {
        gwei_ = (bondGas(_level, _height) * _priceCapWei + GWEI - 1) / GWEI;
    }

    /// @notice What the running transaction is refunded, in gwei, rounded up.
    /// @param _gasStart Gas left when the action began.
    /// @param _tailGas Gas of what is still to come and of what came before.
    function refundGwei(uint256 _gasStart, uint256 _tailGas, uint256 _budgetGas, uint256 _priceWei)
        internal
        view
        returns (uint256 gwei_)
    {
        uint256 executed = _gasStart - gasleft() + _tailGas;
        uint256 used = TRANSACTION_GAS + CALLDATA_BYTE_GAS * msg.data.length + executed;
        uint256 floor = TRANSACTION_GAS + CALLDATA_FLOOR_BYTE_GAS * msg.data.length;
        if (used < floor) used = floor;
        if (used > _budgetGas) used = _budgetGas;
        gwei_ = (used * _priceWei + GWEI - 1) / GWEI;
    }

    /// @notice Moves up to `_wantedGwei` out of a balance.
    function take(uint256 _balanceGwei, uint256 _wantedGwei) internal pure returns (uint256 left_, uint256 taken_) {
        taken_ = _wantedGwei < _balanceGwei ? _wantedGwei : _balanceGwei;
        left_ = _balanceGwei - taken_;
    }
}
