// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";

/// @notice A claim as it lies in storage; zero: never used.
type ClaimWord is uint256;

/// @notice A claim in memory.
struct ClaimState {
    address owner;
    ITournament.ClaimStatus status;
    uint256 bondGwei;
    uint256 clock;
    uint256 ownedSince;
}

/// @title One word a claim
/// @notice
/// | bits | field | unit |
/// |---|---|---|
/// | 0–159 | `owner` | |
/// | 160–162 | `status` | ITournament.ClaimStatus |
/// | 163–198 | `bondGwei` | gwei, before what the current match has spent |
/// | 199–222 | `clock` | seconds; meaningless while in a match |
/// | 223–255 | `ownedSince` | seconds, until the year 2242 |
/// @dev INVARIANT: the constructor of `Tournament` bounds bonds to 36 and clocks to 24 bits, so nothing is cut here.
library Claim {
    uint256 private constant STATUS_BIT = 160;
    uint256 private constant BOND_BIT = 163;
    uint256 private constant CLOCK_BIT = 199;
    uint256 private constant OWNED_SINCE_BIT = 223;

    /// @notice Greatest clock that a claim can hold.
    uint256 internal constant MAX_CLOCK = 2 ** 24 - 1;

    /// @notice The word that keeps it.
    function pack(ClaimState memory _claim) internal pure returns (ClaimWord word_) {
        word_ = ClaimWord.wrap(
            uint256(uint160(_claim.owner)) | uint256(_claim.status) << STATUS_BIT | _claim.bondGwei << BOND_BIT
                | _claim.clock << CLOCK_BIT | _claim.ownedSince << OWNED_SINCE_BIT
        );
    }

    /// @notice What a word keeps.
    function unpack(ClaimWord _word) internal pure returns (ClaimState memory claim_) {
        uint256 word = ClaimWord.unwrap(_word);
        claim_.owner = address(uint160(word));
        claim_.status = ITournament.ClaimStatus((word >> STATUS_BIT) & 7);
        claim_.bondGwei = (word >> BOND_BIT) & (2 ** 36 - 1);
        claim_.clock = (word >> CLOCK_BIT) & MAX_CLOCK;
        claim_.ownedSince = word >> OWNED_SINCE_BIT;
    }
}
