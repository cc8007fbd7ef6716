// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The changing part of a tournament as it lies in storage; zero: no such tournament.
type GameWord is uint256;

/// @notice A tournament in memory.
struct GameState {
    uint256 windowStart;
    uint256 windowEnd;
    uint256 initialClock;
    /// `Kinds`.
    uint256 kind;
    uint256 height;
    /// Words of evidence that the budgets of a graph count; else 0.
    uint256 words;
    bool finished;
    /// Whether a free claim waits for an opponent.
    bool waiting;
    uint256 openMatches;
    uint256 numClaims;
    /// While it runs: the pot. Finished root with a winner: what its bond lacks. Finished void root: what the market got.
    uint256 potGwei;
}

/// @title One word a tournament
/// @notice
/// | bits | field | unit |
/// |---|---|---|
/// | 0–39 | `windowStart` | seconds |
/// | 40–79 | `windowEnd` | seconds |
/// | 80–111 | `initialClock` | seconds |
/// | 112–119 | `kind` | |
/// | 120–127 | `height` | |
/// | 128 | `finished` | |
/// | 129 | `waiting` | |
/// | 130–155 | `openMatches` | |
/// | 156–181 | `numClaims` | |
/// | 182–243 | `potGwei` | gwei |
/// | 244–255 | `words` | |
library Game {
    uint256 private constant MASK_26 = 2 ** 26 - 1;
    /// @dev More gwei than there are.
    uint256 private constant MASK_62 = 2 ** 62 - 1;

    /// @notice Greatest number of claims that a tournament counts; no bond pays for so many.
    uint256 internal constant MAX_CLAIMS = MASK_26;

    /// @notice The word that keeps it.
    function pack(GameState memory _game) internal pure returns (GameWord word_) {
        uint256 flags = (_game.finished ? 1 : 0) | (_game.waiting ? 2 : 0);
        word_ = GameWord.wrap(
            _game.windowStart | _game.windowEnd << 40 | _game.initialClock << 80 | _game.kind << 112
                | _game.height << 120 | flags << 128 | _game.openMatches << 130 | _game.numClaims << 156
                | _game.potGwei << 182 | _game.words << 244
        );
    }

    /// @notice What a word keeps.
    function unpack(GameWord _word) internal pure returns (GameState memory game_) {
        uint256 word = GameWord.unwrap(_word);
        game_.windowStart = uint40(word);
        game_.windowEnd = uint40(word >> 40);
        game_.initialClock = uint32(word >> 80);
        game_.kind = uint8(word >> 112);
        game_.height = uint8(word >> 120);
        game_.finished = (word >> 128) & 1 != 0;
        game_.waiting = (word >> 129) & 1 != 0;
        game_.openMatches = (word >> 130) & MASK_26;
        game_.numClaims = (word >> 156) & MASK_26;
        game_.potGwei = (word >> 182) & MASK_62;
        game_.words = word >> 244;
    }
}
