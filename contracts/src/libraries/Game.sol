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
    /// Heights of the trees below: over the states of the machine (graph), over single instructions.
    uint256 coarseHeight;
    uint256 fineHeight;
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
/// | 80–103 | `initialClock` | seconds |
/// | 104–105 | `kind` | |
/// | 106–112 | `height` | |
/// | 113–118 | `coarseHeight` | |
/// | 119–123 | `fineHeight` | |
/// | 124 | `finished` | |
/// | 125 | `waiting` | |
/// | 126–151 | `openMatches` | |
/// | 152–177 | `numClaims` | |
/// | 178–239 | `potGwei` | gwei |
/// | 240–251 | `words` | |
/// @dev INVARIANT: the constructor of `Tournament` bounds clocks to 24 bits, the registry heights to 64, 40 and 20.
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
            _game.windowStart | _game.windowEnd << 40 | _game.initialClock << 80 | _game.kind << 104
                | _game.height << 106 | _game.coarseHeight << 113 | _game.fineHeight << 119 | flags << 124
                | _game.openMatches << 126 | _game.numClaims << 152 | _game.potGwei << 178 | _game.words << 240
        );
    }

    /// @notice What a word keeps.
    function unpack(GameWord _word) internal pure returns (GameState memory game_) {
        uint256 word = GameWord.unwrap(_word);
        game_.windowStart = uint40(word);
        game_.windowEnd = uint40(word >> 40);
        game_.initialClock = uint24(word >> 80);
        game_.kind = (word >> 104) & 3;
        game_.height = (word >> 106) & 127;
        game_.coarseHeight = (word >> 113) & 63;
        game_.fineHeight = (word >> 119) & 31;
        game_.finished = (word >> 124) & 1 != 0;
        game_.waiting = (word >> 125) & 1 != 0;
        game_.openMatches = (word >> 126) & MASK_26;
        game_.numClaims = (word >> 152) & MASK_26;
        game_.potGwei = (word >> 178) & MASK_62;
        game_.words = word >> 240;
    }
}
