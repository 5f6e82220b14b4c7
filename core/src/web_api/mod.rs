//! Slack's Web API: a method and its arguments as a request; its answer.
