//! Reads an organisation through the AWS SDK and writes a snapshot. Never a write call.
