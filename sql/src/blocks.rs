//! The blocks that are open in a body.

/// Kinds of blocks, by the `END` that closes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Begin,
    If,
    CaseStatement,
    CaseExpression,
    Loop,
    While,
    Repeat,
    For,
}

/// The open blocks, outermost first, each with the offset of the word that opened it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    stack: Vec<(Block, usize)>,
    /// How many of each kind are open. Without it, a long row of `END`s that close nothing would
    /// search the whole stack each time.
    open: [usize; 8],
}

impl Blocks {
    pub(super) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// The innermost block.
    pub(super) fn top(&self) -> Option<Block> {
        self.stack.last().map(|(block, _)| *block)
    }

    /// Where the outermost block opened.
    pub(super) fn outermost(&self) -> Option<usize> {
        self.stack.first().map(|(_, start)| *start)
    }

    pub(super) fn open(&mut self, block: Block, start: usize) {
        self.stack.push((block, start));
        *self.count(block) += 1;
    }

    /// Closes the innermost block.
    pub(super) fn pop(&mut self) -> Option<Block> {
        let (block, _) = self.stack.pop()?;
        *self.count(block) -= 1;
        Some(block)
    }

    /// Closes the nearest block of kind `block` and all within it; `false` when none is open.
    pub(super) fn close(&mut self, block: Block) -> bool {
        if *self.count(block) == 0 {
            return false;
        }
        while self.pop().is_some_and(|popped| popped != block) {}
        true
    }

    fn count(&mut self, block: Block) -> &mut usize {
        let [begin, if_, case_statement, case_expression, loop_, while_, repeat, for_] =
            &mut self.open;
        match block {
            Block::Begin => begin,
            Block::If => if_,
            Block::CaseStatement => case_statement,
            Block::CaseExpression => case_expression,
            Block::Loop => loop_,
            Block::While => while_,
            Block::Repeat => repeat,
            Block::For => for_,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_closes_what_is_within() {
        let mut blocks = Blocks::default();
        for (start, block) in [Block::Begin, Block::Loop, Block::If].into_iter().enumerate() {
            blocks.open(block, start);
        }
        assert!(!blocks.close(Block::While));
        assert_eq!((blocks.top(), blocks.outermost()), (Some(Block::If), Some(0)));
        assert!(blocks.close(Block::Loop));
        assert_eq!(blocks.top(), Some(Block::Begin));
        assert!(!blocks.close(Block::If));
        assert!(blocks.close(Block::Begin));
        assert!(blocks.is_empty());
    }
}
