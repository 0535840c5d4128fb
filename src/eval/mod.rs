//! One request against all layers of policy, three-valued, with its proof.
