// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";

/// @notice The cheatcode that reads a compiled contract.
interface VmCode {
    function getCode(string calldata artifact) external view returns (bytes memory creationCode);
}

/// @notice Deploys the contracts under test from their artifacts, so that a change in them compiles them alone and not
/// every test with them.
library Deployer {
    VmCode private constant VM = VmCode(address(uint160(uint256(keccak256("hevm cheat code")))));

    function referee(address _registry, address _machine, address _graph) internal returns (address) {
        return deploy("Referee.sol:Referee", abi.encode(_registry, _machine, _graph));
    }

    function tournament(address _referee, ITournament.Parameters memory _parameters)
        internal
        returns (address)
    {
        return deploy("Tournament.sol:Tournament", abi.encode(_referee, _parameters));
    }

    function market(address _referee, address _tournament, uint40 _deliveryWindow, uint256 _submitBondWei)
        internal
        returns (address)
    {
        bytes memory arguments = abi.encode(_referee, _tournament, _deliveryWindow, _submitBondWei);
        return deploy("InferenceMarket.sol:InferenceMarket", arguments);
    }

    function registry() internal returns (address) {
        return deploy("ModelRegistry.sol:ModelRegistry", "");
    }

    function graph() internal returns (address) {
        return deploy("GraphTransition.sol:GraphTransition", "");
    }

    function machine() internal returns (address) {
        return deploy("MachineTransition.sol:MachineTransition", "");
    }

    /// @dev Reverts with what the constructor reverted with.
    function deploy(string memory _artifact, bytes memory _arguments) private returns (address deployed_) {
        bytes memory code = abi.encodePacked(VM.getCode(_artifact), _arguments);
        assembly ("memory-safe") {
            deployed_ := create(0, add(code, 0x20), mload(code))
            if iszero(deployed_) {
                let data := mload(0x40)
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }
}
