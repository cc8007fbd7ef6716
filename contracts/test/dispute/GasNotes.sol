// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Test} from "../base/Test.sol";
import {Vm} from "../base/Vm.sol";

/// @notice Reads the recorded events in a contract of its own: decoding them inside a long test needs more stack slots than
/// the compiler has.
contract RefundReader is Test {
    /// @notice The match that the last of those events opened a tournament below, its id, and the state before it.
    bytes32 public parentMatch;
    bytes32 public innerTournament;
    bytes32 public prevState;

    /// @notice Gas that the events since the last call say was refunded.
    function refundedGas(uint256 _priceWei) external returns (uint256 gas_) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == ITournament.InnerOpened.selector) {
                (parentMatch, innerTournament) = (logs[i].topics[1], logs[i].topics[2]);
                (prevState,,) = abi.decode(logs[i].data, (bytes32, bytes32, bytes32));
            }
            if (logs[i].topics[0] != ITournament.Refunded.selector) continue;
            gas_ += abi.decode(logs[i].data, (uint256)) / _priceWei;
        }
    }
}

/// @notice Whole transactions against the budgets of spec/06 §10, and what the game refunds for them.
/// @dev For tests whose every call is a transaction of its own, calldata floor included (`isolate`). In a test's transactions gas costs
/// nothing, so the contract under test asks for the block number (`NUMBER`) where it would ask for the gas price (`GASPRICE`), at the
/// same gas.
abstract contract GasNotes is Test {
    /// @dev The base fee is zero in isolated transactions: this is the tip of the deployment.
    uint256 internal constant PRICE_WEI = 2 gwei;
    /// @dev What the measuring may count beyond the gas used: zero bytes among hashes, two bytes for every small word.
    uint256 internal constant SLACK_GAS = 1_000;

    ITournament internal _game;
    uint256 internal _total;
    string internal _group;
    /// @dev What is played to get somewhere is neither checked nor noted: another test has done it.
    bool internal _quiet;
    RefundReader internal _reader;

    /// @dev From here on what the tournament at `_game` refunds is noted.
    function beginNotes(string memory _name) internal {
        _group = _name;
        vm.etch(address(_game), pricedByBlockNumber(address(_game).code));
        vm.roll(PRICE_WEI);
        _reader = new RefundReader();
        vm.recordLogs();
    }

    /// @dev The code with each `GASPRICE` turned into `NUMBER`.
    function pricedByBlockNumber(bytes memory _code) private pure returns (bytes memory) {
        uint256 found;
        for (uint256 i = 0; i < _code.length; ++i) {
            uint8 opcode = uint8(_code[i]);
            if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f;
            else if (opcode == 0x43) revert("the code reads the block number");
            else if (opcode == 0x3a) (_code[i], found) = (0x43, found + 1);
        }
        require(found > 0, "the gas price is read");
        return _code;
    }

    /// @dev Notes what the last call cost as a transaction, against its budget and its refund.
    function note(string memory _name, uint256 _budget, bool _counts) internal {
        note(_name, _budget, _counts, SLACK_GAS);
    }

    /// @param _slack What the refund may exceed the cost by (spec/06 §8).
    function note(string memory _name, uint256 _budget, bool _counts, uint256 _slack) internal {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        if (_quiet) {
            refundedGas();
            return;
        }
        if (_counts) _total += used;
        vm.snapshotValue(_group, _name, used);
        if (_budget == 0) return;
        assertLe(used, _budget, _name);
        uint256 refunded = refundedGas();
        // A transaction never costs its sender more than the refund, and the refund is not far above.
        assertGe(refunded, used, string.concat(_name, ": refund"));
        vm.snapshotValue(string.concat(_group, "RefundExcess"), _name, refunded - used);
        assertLe(refunded, used + _slack, string.concat(_name, ": refund"));
    }

    /// @dev Gas refunded since the last call.
    function refundedGas() internal returns (uint256) {
        return _reader.refundedGas(PRICE_WEI);
    }
}
