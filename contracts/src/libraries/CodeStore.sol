// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Bytes kept as the code of an account
/// @notice Written once and read whole (`address.code`): 200 gas a byte to write and one cold account to read, where storage
/// takes 22,100 for each word, and 2,100 to read it. A seal of a program reads up to 400 words (spec/06 §10).
/// @dev ABI encodings begin with a zero byte, which is STOP: such an account does nothing when it is called.
contract CodeStore {
    constructor(bytes memory _content) {
        assembly ("memory-safe") {
            return(add(_content, 0x20), mload(_content))
        }
    }
}
