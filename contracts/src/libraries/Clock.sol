// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Chess clocks
/// @notice Rules of spec/06-dispute.md §3 and §6. Times and clocks are seconds; a clock is what is left at `since`.
library Clock {
    /// @notice Clock of a claim that joins at `_time`: lateness is charged from the window's start.
    function atJoin(uint256 _initialClock, uint256 _windowStart, uint256 _time) internal pure returns (uint256 clock_) {
        uint256 late = _time - _windowStart;
        clock_ = late < _initialClock ? _initialClock - late : 0;
    }

    /// @notice Clock with which a claim enters a match: what it has left, capped, and a fresh allowance.
    function atMatch(uint256 _clock, uint256 _initialClock, uint256 _allowance) internal pure returns (uint256 clock_) {
        clock_ = capped(_clock + _allowance, _initialClock, _allowance);
    }

    /// @notice A clock cut to its greatest value, the initial clock plus one allowance.
    function capped(uint256 _clock, uint256 _initialClock, uint256 _allowance) internal pure returns (uint256 clock_) {
        uint256 cap = _initialClock + _allowance;
        clock_ = _clock < cap ? _clock : cap;
    }

    /// @notice Whether a clock that runs since `_since` has run out: from `since + clock` on, for ever.
    function isExpired(uint256 _clock, uint256 _since, uint256 _time) internal pure returns (bool expired_) {
        expired_ = _time >= _since + _clock;
    }

    /// @notice What a running clock that has not expired shows at `_time`.
    function charged(uint256 _clock, uint256 _since, uint256 _time) internal pure returns (uint256 clock_) {
        clock_ = _clock - (_time - _since);
    }

    /// @notice Starting clock and window of an inner game: the larger remainder, at least one allowance.
    function ofInner(uint256 _clockA, uint256 _clockB, uint256 _allowance) internal pure returns (uint256 clock_) {
        clock_ = _clockA > _clockB ? _clockA : _clockB;
        if (clock_ < _allowance) clock_ = _allowance;
    }
}
