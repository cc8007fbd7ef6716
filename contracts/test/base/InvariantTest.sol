// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "./Test.sol";

/// @notice Base of invariant tests: says which contracts and functions the fuzzer calls between checks.
/// @dev Forge finds these settings by the names of the getters below.
abstract contract InvariantTest is Test {
    /// @notice The functions of one contract that the fuzzer may call.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targetContracts;
    address[] private _excludedContracts;
    address[] private _targetSenders;
    FuzzSelector[] private _targetSelectors;

    function targetContracts() external view returns (address[] memory contracts_) {
        return _targetContracts;
    }

    function excludeContracts() external view returns (address[] memory contracts_) {
        return _excludedContracts;
    }

    function targetSenders() external view returns (address[] memory senders_) {
        return _targetSenders;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory selectors_) {
        return _targetSelectors;
    }

    /// @notice The fuzzer calls this contract's functions. Without any target it calls every deployed contract.
    function targetContract(address _contract) internal {
        _targetContracts.push(_contract);
    }

    function excludeContract(address _contract) internal {
        _excludedContracts.push(_contract);
    }

    function targetSender(address _sender) internal {
        _targetSenders.push(_sender);
    }

    /// @notice Of this contract, the fuzzer calls only these functions.
    function targetSelector(address _contract, bytes4[] memory _selectors) internal {
        _targetSelectors.push(FuzzSelector({addr: _contract, selectors: _selectors}));
    }
}
