//! Shapes of the AWS CLI's answers about what runs, as far as they are read.
//!
//! Source: API references of AWS Lambda, Amazon EC2, Amazon ECS, AWS CloudFormation, AWS CodeBuild, Amazon SageMaker, AWS Glue, AWS Step
//! Functions and IAM (response elements).

use serde::Deserialize;

/// ListFunctions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Function {
    pub(super) function_arn: String,
    pub(super) role: Option<String>,
}

/// DescribeStacks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Stack {
    pub(super) stack_id: String,
    #[serde(rename = "RoleARN")]
    pub(super) role: Option<String>,
    #[serde(default)]
    pub(super) stack_status: String,
}

/// DescribeInstances.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reservation {
    pub(super) owner_id: String,
    #[serde(default)]
    pub(super) instances: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instance {
    pub(super) instance_id: String,
    #[serde(rename = "IamInstanceProfile")]
    pub(super) profile: Option<Profile>,
    #[serde(default)]
    pub(super) placement: Placement,
    #[serde(default)]
    pub(super) state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Profile {
    pub(super) arn: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Placement {
    #[serde(default)]
    pub(super) availability_zone: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct State {
    #[serde(default)]
    pub(super) name: String,
}

/// ListInstanceProfiles.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceProfile {
    pub(super) arn: String,
    #[serde(default)]
    pub(super) roles: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    pub(super) role_name: String,
}

/// BatchGetProjects.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub(super) arn: String,
    pub(super) service_role: Option<String>,
}

/// ListNotebookInstances, ListStateMachines.
#[derive(Deserialize)]
pub(super) struct Listed {
    #[serde(alias = "NotebookInstanceArn", alias = "stateMachineArn")]
    pub(super) arn: String,
}

/// GetJobs, GetDevEndpoints of AWS Glue.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(alias = "Name", alias = "EndpointName")]
    pub(super) name: String,
    #[serde(alias = "Role", alias = "RoleArn")]
    pub(super) role: Option<String>,
}

/// DescribeTasks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Task {
    pub(super) task_arn: String,
    pub(super) task_definition_arn: String,
    #[serde(default)]
    pub(super) enable_execute_command: bool,
    #[serde(default)]
    pub(super) last_status: String,
    #[serde(default)]
    pub(super) overrides: Overrides,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overrides {
    pub(super) task_role_arn: Option<String>,
}

/// DescribeTaskDefinition.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskDefinition {
    pub(super) task_definition_arn: String,
    pub(super) task_role_arn: Option<String>,
}

/// DescribeRegions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Region {
    pub(super) region_name: String,
    #[serde(default)]
    opt_in_status: String,
}

impl Region {
    /// False where the account has not opted in.
    pub(super) fn is_enabled(&self) -> bool {
        self.opt_in_status != "not-opted-in"
    }
}
