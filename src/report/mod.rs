//! One writer per format. Knows findings and answers, never how they were found.
