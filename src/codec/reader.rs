//! Reading forward through bytes that may end anywhere.

use super::error::{DecodeError, DecodeFault};

/// What is left of the bytes. Reading takes from the front and never copies the rest.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, total: bytes.len() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes have been read.
    #[cfg(feature = "proof")]
    pub(crate) fn offset(&self) -> usize {
        self.total - self.rest.len()
    }

    pub(crate) fn peek(&self) -> Result<u8, DecodeError> {
        self.rest.first().copied().ok_or_else(|| self.cut(1))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.cut(N))?;
        self.rest = rest;
        Ok(*array)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.cut(length))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// An error at the place that reading has come to.
    pub(crate) fn fail(&self, fault: DecodeFault) -> DecodeError {
        DecodeError { offset: self.total - self.rest.len(), fault }
    }

    pub(crate) fn malformed(&self, reason: &'static str) -> DecodeError {
        self.fail(DecodeFault::Malformed(reason))
    }

    fn cut(&self, wanted: usize) -> DecodeError {
        self.fail(DecodeFault::Cut { wanted, left: self.rest.len() })
    }
}
